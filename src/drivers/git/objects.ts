import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Socket } from 'node:net'
import { Failure } from '../../errors'
import { gitFailed, notStarted, reasonOf, startGit } from './process'
import type { Place } from './process'

export interface GitObject {
  readonly id: string
  readonly type: 'commit' | 'tree' | 'blob' | 'tag'
  readonly content: Buffer
}

interface Waiting {
  readonly name: string
  readonly resolve: (object: GitObject | null) => void
  readonly reject: (error: Error) => void
}

interface Arriving {
  readonly id: string
  readonly type: GitObject['type']
  readonly content: Buffer
  received: number
}

const args = ['cat-file', '--batch'] as const
const found = /^([0-9a-f]{40}|[0-9a-f]{64}) (commit|tree|blob|tag) (\d+)$/

/**
 * One `git cat-file --batch` for all that is read: a process for each object would cost more than the object. Requests may
 * be made ahead; answers come in their order. The process starts with the first request and ends with `close`.
 */
export class ObjectReader {
  readonly #place: Place
  readonly #signal: AbortSignal | undefined
  readonly #waiting: Waiting[] = []
  #child: ChildProcessWithoutNullStreams | null = null
  #ended: Promise<void> = Promise.resolve()
  #dead: { readonly error: Error } | null = null
  #header: Buffer[] = []
  #arriving: Arriving | null = null
  #errors = ''

  constructor(place: Place, signal?: AbortSignal) {
    this.#place = place
    this.#signal = signal
  }

  get started(): boolean {
    return this.#child !== null
  }

  /**
   * The object of any name Git knows: an id, `HEAD^{commit}`, `refs/tags/v1^{commit}`, `<commit>:path`. Null when there is
   * none. Throws a `Failure` when bare digits begin several ids (with `^{…}` Git says there is none), and when Git ends.
   */
  read(name: string): Promise<GitObject | null> {
    if (/[\0\n]/.test(name)) return Promise.resolve(null)
    return new Promise((resolve, reject) => {
      if (this.#dead !== null) {
        reject(this.#dead.error)
        return
      }
      const child = (this.#child ??= this.#start())
      if (this.#waiting.length === 0) hold(child, true)
      this.#waiting.push({ name, resolve, reject })
      child.stdin.write(`${name}\n`)
    })
  }

  async close(): Promise<void> {
    this.#dead ??= { error: new Error('The object reader is closed.') }
    if (this.#child === null) return
    hold(this.#child, true)
    this.#child.stdin.end()
    await this.#ended
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = startGit(this.#place, args, { signal: this.#signal })
    this.#ended = new Promise((resolve) => {
      child.on('close', (code, killedBy) => {
        const how = code === null ? `ended by ${killedBy ?? 'a signal'}` : `exit code ${code}`
        this.#die(this.#signal?.aborted === true ? reasonOf(this.#signal) : gitFailed(args, how, this.#errors))
        resolve()
      })
    })
    child.on('error', (error) => {
      this.#die(notStarted(error, this.#signal))
    })
    child.stdin.on('error', () => {})
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString('utf8')).slice(-4096)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      this.#take(chunk)
    })
    return child
  }

  #die(error: Error): void {
    this.#dead ??= { error }
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }

  #take(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      if (this.#arriving !== null) {
        rest = this.#takeContent(this.#arriving, rest)
        continue
      }
      const end = rest.indexOf(10)
      if (end === -1) {
        this.#header.push(rest)
        return
      }
      const line = Buffer.concat([...this.#header, rest.subarray(0, end)]).toString('utf8')
      this.#header = []
      rest = rest.subarray(end + 1)
      this.#takeHeader(line)
    }
  }

  #takeHeader(line: string): void {
    const [, id, type, size] = found.exec(line) ?? []
    if (id !== undefined) {
      this.#arriving = { id, type: type as GitObject['type'], content: Buffer.allocUnsafe(Number(size)), received: 0 }
    } else if (line.endsWith(' missing')) {
      this.#answer((waiting) => {
        waiting.resolve(null)
      })
    } else if (line.endsWith(' ambiguous')) {
      this.#answer((waiting) => {
        waiting.reject(ambiguous(waiting.name))
      })
    } else {
      this.#answer((waiting) => {
        waiting.reject(new Error(`git cat-file answered ${JSON.stringify(line)} to ${JSON.stringify(waiting.name)}`))
      })
    }
  }

  /** Takes what belongs to the object, with the line feed after it, and gives back the rest. */
  #takeContent(arriving: Arriving, chunk: Buffer): Buffer {
    const { content } = arriving
    const taken = chunk.copy(content, arriving.received, 0, Math.min(chunk.length, content.length - arriving.received))
    arriving.received += taken
    if (arriving.received < content.length || taken === chunk.length) return chunk.subarray(taken)
    this.#arriving = null
    this.#answer((waiting) => {
      waiting.resolve({ id: arriving.id, type: arriving.type, content })
    })
    return chunk.subarray(taken + 1)
  }

  #answer(settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) settle(waiting)
    if (this.#waiting.length === 0 && this.#child !== null) hold(this.#child, false)
  }
}

/** An idle reader must not keep the action from ending; Git itself ends when our side of the pipe is gone. */
function hold(child: ChildProcessWithoutNullStreams, on: boolean): void {
  for (const handle of [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket]) {
    if (on) handle.ref()
    else handle.unref()
  }
}

function ambiguous(name: string): Failure {
  return new Failure({
    code: 'ambiguous-commit',
    what: `\`${name}\` is the beginning of several commits or other objects.`,
    cure: 'Give more of its digits, best all 40.',
  })
}
