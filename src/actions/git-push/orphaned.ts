import { readFileSync } from 'node:fs'

/** A process as the kernel shows it. */
export interface Process {
  readonly parent: number
  readonly name: string
}

/** Looks so often. */
const lookMs = 250

/**
 * Calls `gone` when whoever started us is cut off. Nothing else says so: Git waits for its hook with SIGPIPE ignored and without
 * writing, so that the end of its SSH session shows in one thing alone, that Git is an orphan. What it is that has to stay as it
 * is, is the line from us up to the session.
 */
export function whenOrphaned(gone: () => void, look: (pid: number) => Process | null = processOf): () => void {
  const parent = process.ppid
  const line = lineage(parent, look)
  const timer = setInterval(() => {
    if (process.ppid !== parent || line.some((link) => look(link.pid)?.parent !== link.parent)) gone()
  }, lookMs)
  timer.unref()
  for (const stream of [process.stdout, process.stderr]) stream.on('error', gone)
  process.on('SIGHUP', gone)
  return () => {
    clearInterval(timer)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', gone)
    process.off('SIGHUP', gone)
  }
}

/** From a process upwards to what the session belongs to, that left out: sshd may be restarted meanwhile. */
export function lineage(pid: number, look: (pid: number) => Process | null): readonly { readonly pid: number; readonly parent: number }[] {
  const line: { pid: number; parent: number }[] = []
  for (let at = pid; at > 1 && line.length < 32;) {
    const found = look(at)
    if (found === null || (line.length > 0 && /^sshd/.test(found.name))) break
    line.push({ pid: at, parent: found.parent })
    at = found.parent
  }
  return line
}

function processOf(pid: number): Process | null {
  try {
    // The name may hold anything, brackets too.
    const [, name = '', rest = ''] = /^\d+ \((.*)\) \S (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { parent: Number(rest.split(' ')[0]), name }
  } catch {
    return null
  }
}
