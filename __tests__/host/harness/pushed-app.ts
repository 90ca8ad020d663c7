import { push, setUp, succeeded } from './deploy'
import { GitRemote, type Pushed } from './git-remote'
import { sharedHost, type Host } from './hosts'
import { TinyApp } from './tiny-app'
import type { ActionRun } from './action'
import type { LoadResult } from '../../../rig/load.mjs'

/** The machine for what needs nothing but Git and a shell; who connects is not root. */
export function pushHost(): Promise<Host> {
  return sharedHost('push', { user: 'deploy' }, () => Promise.resolve())
}

/** A tiny app whose host takes pushes by Git. */
export class PushedApp implements Disposable {
  readonly host: Host
  readonly app: TinyApp
  readonly remote: GitRemote
  #releases = 1

  private constructor(host: Host, app: TinyApp, remote: GitRemote) {
    this.host = host
    this.app = app
    this.remote = remote
  }

  static async make(label: string): Promise<PushedApp> {
    const host = await pushHost()
    const app = await TinyApp.on(host, label)
    succeeded(await setUp(host, app.repository, { inputs: { 'git-push': 'true' } }))
    return new PushedApp(host, app, await GitRemote.of(host, app.name, app.repository))
  }

  /** The newest release's tag. */
  get newest(): string {
    return `v${this.#releases}`
  }

  /** Commits the next release and gives its tag and the number that its activation will have. */
  async next(change: Partial<Parameters<TinyApp['release']>[0]> = {}): Promise<{ tag: string; number: number }> {
    this.#releases += 1
    await this.app.release({ web: { build: [], before: [] }, behaviour: {}, ...change, tag: this.newest })
    return { tag: this.newest, number: Math.max(0, ...(await this.app.history()).map((line) => line.number)) + 1 }
  }

  /** Ends a build that sleeps for so many seconds, and goes on after that. */
  async built(seconds: number): Promise<void> {
    await this.host.shell(`pkill -u build-${this.app.name} -f '^sleep ${seconds}'`)
  }

  /** Resolves when no hook of the app is at work any more, or no more than so many. */
  async gone(left = 0): Promise<void> {
    await this.app.until(`[ "$(pgrep -c -u deploy -f 'push.js receive app=${this.app.name} ')" = ${left} ]`)
  }

  /** What the bare repository has under a ref; '' when nothing. */
  refOnHost(ref: string): Promise<string> {
    return this.host.shell(`su deploy -c 'git -C /srv/git/${this.app.name}.git rev-parse --quiet --verify ${ref}' || true`)
  }

  commitOf(name: string): Promise<string> {
    return this.app.repository.git('rev-parse', name)
  }

  /** A push that has to be refused: red, with its ref where it was. */
  async refused(ref: string, refspec = ref): Promise<Pushed> {
    const before = await this.refOnHost(ref)
    const pushed = await this.remote.push(refspec)
    expect(pushed.code).not.toBe(0)
    expect(pushed.log).toMatch(/\[remote rejected\] .* \(pre-receive hook declined\)/)
    expect(await this.refOnHost(ref)).toBe(before)
    return pushed
  }

  /** The same release by the action. */
  byAction(): Promise<ActionRun> {
    return push(this.host, this.app.repository)
  }

  rest(): void {
    this.app.rest()
    this.remote.rest()
  }

  [Symbol.dispose](): void {
    this.remote[Symbol.dispose]()
    this.app[Symbol.dispose]()
  }
}

export const none = { failed: 0, failures: [] }
export const failuresIn = ({ failed, failures }: LoadResult): object => ({ failed, failures })

/** For a push that has to go well: an error with all it said when it did not. */
export function accepted(pushed: Pushed): Pushed {
  if (pushed.code !== 0) throw new Error(`The push ended with ${pushed.signal ?? pushed.code}:\n${pushed.log}`)
  return pushed
}
