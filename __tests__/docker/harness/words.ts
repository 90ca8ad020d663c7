import { readdirSync, readFileSync } from 'node:fs'

/** Words of all processes of this machine, those in hosts of the rig among them, for as long as something goes on. */
export async function wordsDuring<T>(work: Promise<T>): Promise<{ readonly result: T; readonly words: string }> {
  const seen = new Set<string>()
  let over = false
  const watching = (async () => {
    while (!over) {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
        } catch {
          // It has ended meanwhile.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  try {
    const result = await work
    return { result, words: [...seen].join('\n') }
  } finally {
    over = true
    await watching
  }
}
