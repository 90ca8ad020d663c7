import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from '../../host/harness/hosts'
import type { Entry } from '../ledger'
import type { Watch } from '../place'

interface Told {
  readonly at: number
  readonly type: 'history' | 'intent' | 'change' | 'ready'
  readonly line?: string
  readonly text?: string
  readonly what?: string
}
interface Record { readonly at: string; readonly event: string; readonly number: number; readonly version?: string; readonly serving?: number | null }

const program = readFileSync(join(import.meta.dirname, 'watch-host.py'), 'utf8')

/** Listens on a host to what an app's records say, over its restarts. `paths`: files whose changes are told as well. */
export async function watchHost(host: Host, app: string, happened: (entry: Entry) => void, paths: readonly string[] = []): Promise<Watch & { again(): Promise<void> }> {
  const entries: Entry[] = []
  let records = 0
  let child: ChildProcess | undefined

  const add = (entry: Entry): void => {
    entries.push(entry)
    happened(entry)
  }
  /** `live`: it was seen when it was written; else its own time is all that is known, unless the clock was wrong. */
  const take = (told: Told, live: boolean, nth: number): void => {
    if (told.type === 'history') {
      if (nth < records) return
      records++
      const record = JSON.parse(told.line ?? '') as Record
      add({ at: live ? told.at : Math.min(told.at, Date.parse(record.at)), type: 'record', event: record.event, number: record.number, version: record.version, serving: record.serving })
    } else if (told.type === 'intent') {
      const { phase = null, from = null, to = null } = told.text ? JSON.parse(told.text) as { phase: string; from: number | null; to: number | null } : {}
      add({ at: told.at, type: 'intent', phase, from, to })
    } else if (told.type === 'change') add({ at: told.at, type: 'change', what: told.what ?? '' })
  }
  const begin = async (): Promise<void> => {
    let rest = ''
    let nth = 0
    let ready = false
    const here = spawn('docker', ['exec', '-i', '--env', 'TRUE_TIME=1', `slipway-rig-${host.name}`, 'python3', '-c', program, app, ...paths], { stdio: ['pipe', 'pipe', 'inherit'] })
    child = here
    here.stdin.on('error', () => undefined)
    await new Promise<void>((resolve, reject) => {
      here.on('close', () => { reject(new Error(`nobody can listen on ${host.name}`)) })
      here.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const told = JSON.parse(line) as Told
          if (told.type === 'ready') {
            ready = true
            resolve()
          } else take(told, ready, told.type === 'history' ? nth++ : 0)
        }
      })
    })
  }
  await begin()
  return {
    entries,
    again: begin,
    [Symbol.asyncDispose]: async () => void child?.kill('SIGKILL'),
  }
}
