import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel tells of a process, or nothing when it has ended: it may do so between the list of all and this look. */
function stat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

/** A process, and all that have come of it. */
function descendants(pid: number): number[] {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const told = stat(name)
    return told === '' ? [] : [{ pid: Number(name), parent: Number(told.slice(told.lastIndexOf(')') + 2).split(' ')[1]) }]
  })
  const found = [pid]
  for (const one of found) found.push(...parents.filter(({ parent }) => parent === one).map((child) => child.pid))
  return found
}

/** As when a runner is lost: SIGKILL for an action and all that it has started, by their ids. */
export function killAll(pid: number): void {
  for (const one of descendants(pid).reverse()) {
    try {
      process.kill(one, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}
