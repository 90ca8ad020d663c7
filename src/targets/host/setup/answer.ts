import type { Evidence } from '../../../errors'
import type { DockerFacts, HostFacts, SetupItem } from './types'

/** What was refused or went wrong on a host, as setup.sh says it. */
export interface SetupRefusal {
  readonly code: string
  readonly item: string
  readonly detail: string
}

/** The firewall is on, and goes off again unless this is answered over a new connection. */
export interface Armed {
  readonly token: string
  /** Seconds. */
  readonly delay: number
  readonly detail: string
}

/** All that setup.sh has said. */
export interface Answer {
  readonly facts: readonly (readonly [key: string, value: string])[]
  readonly items: readonly (Omit<SetupItem, 'state'> & { readonly state: 'ok' | 'change' | 'changed' })[]
  readonly refusals: readonly SetupRefusal[]
  readonly evidence: readonly Evidence[]
  readonly warnings: readonly string[]
  readonly armed: Armed | null
  /** False: the script or the connection ended before its end. */
  readonly complete: boolean
}

/** Collects the lines of setup.sh as they come; anything that is not one of its lines is kept as evidence. */
export class AnswerReader {
  readonly #facts: [string, string][] = []
  readonly #items: Answer['items'][number][] = []
  readonly #refusals: SetupRefusal[] = []
  readonly #warnings = new Set<string>()
  readonly #evidence = new Map<string, string[]>()
  readonly #progress: (text: string) => void
  #armed: Armed | null = null
  #complete = false

  constructor(progress: (text: string) => void = () => undefined) {
    this.#progress = progress
  }

  /** Everything so far. */
  get answer(): Answer {
    const evidence = [...this.#evidence].map(([source, lines]) => ({ source, text: lines.join('\n') }))
    const [facts, items, refusals] = [this.#facts, this.#items, this.#refusals]
    return { facts, items, refusals, evidence, warnings: [...this.#warnings], armed: this.#armed, complete: this.#complete }
  }

  /** A line, without its end. */
  read(line: string): void {
    const [kind, a = '', b = '', c = '', d = ''] = line.split('\t')
    if (kind === 'fact') this.#facts.push([a, b])
    else if (kind === 'item' && (b === 'ok' || b === 'change' || b === 'changed')) {
      this.#items.push({ name: a, state: b, detail: c })
    } else if (kind === 'progress') this.#progress(a)
    else if (kind === 'warning') this.#warnings.add(`${a}: ${b}`)
    else if (kind === 'failed') this.#refusals.push({ code: a, item: b, detail: c })
    else if (kind === 'armed') this.#armed = { token: b, delay: Number(c), detail: d }
    else if (kind === 'evidence') this.#add(a, b)
    else if (kind === 'done') this.#complete = true
    else if (line.trim() !== '') this.#add('output', line)
  }

  #add(source: string, text: string): void {
    const lines = this.#evidence.get(source) ?? []
    lines.push(text)
    this.#evidence.set(source, lines)
  }
}

/** Facts from their lines; what was not said is empty, zero or null. */
export function readFacts(lines: Answer['facts']): HostFacts {
  const all = (key: string): string[] => lines.filter(([name]) => name === key).map(([, value]) => value)
  const one = (key: string): string => all(key)[0] ?? ''
  const listeners: Record<string, string> = {}
  for (const [key, value] of lines) {
    const port = /^port-(\d+)$/.exec(key)?.[1]
    if (port !== undefined) listeners[port] = value
  }
  const words = (text: string): string[] => text.split(' ').filter(Boolean)
  const disk = all('disk').map(words).map(([, free = '', mount = '']) => ({ mount, free: Number(free) }))
  const inodes = all('inodes').map(words)
    .filter(([, total]) => Number(total) > 0)
    .map(([, , free = '', mount = '']) => ({ mount, free: Number(free) }))
  return {
    os: one('os'),
    osVersion: one('os-version'),
    osName: one('os-name'),
    kernel: one('kernel'),
    arch: one('arch'),
    init: one('init'),
    systemd: one('systemd') || null,
    python: [...new Set(all('python'))],
    nginx: one('nginx') || null,
    uv: all('uv'),
    node: all('node'),
    memory: Number(one('memory')),
    memoryAvailable: Number(one('memory-available')),
    disk: byMount(disk),
    inodes: byMount(inodes),
    listeners,
    sshPorts: words(one('ssh-ports')).map(Number),
    docker: readDocker(one),
  }
}

function readDocker(one: (key: string) => string): DockerFacts | null {
  const [free = '', mount = ''] = one('docker-disk').split(' ')
  if (mount === '') return null
  const storage = one('docker-storage')
  return {
    engine: one('docker-engine') || null, compose: one('docker-compose').replace(/^v/, '') || null,
    storage: storage === 'classic' || storage === 'containerd' ? storage : null, driver: one('docker-driver') || null,
    root: one('docker-root'), mount, free: Number(free),
  }
}

function byMount<T extends { readonly mount: string; readonly free: number }>(list: readonly T[]): T[] {
  const known = list.filter((entry) => entry.mount !== '' && Number.isFinite(entry.free))
  return [...new Map(known.map((entry) => [entry.mount, entry])).values()]
}
