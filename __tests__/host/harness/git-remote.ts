import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from './command'
import type { Host } from './hosts'
import type { Repository } from './repository'

/** How a `git push` ended. */
export interface Pushed {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** All that it printed. */
  readonly log: string
  /** What came from the host, without `remote: ` before each line. */
  readonly remote: string
  /** Milliseconds. */
  readonly took: number
}

export interface StartedPush {
  readonly done: Promise<Pushed>
  /** Resolves as soon as the output matches; rejects when it ends without. */
  until(pattern: RegExp): Promise<void>
  /** Ends Git and the SSH client that it started, at once. */
  kill(): void
}

/** The bare repository of an app on a host, as somebody with Git alone has it. */
export class GitRemote implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-git-remote-'))
  readonly #repository: Repository
  readonly #env: NodeJS.ProcessEnv
  readonly #running = new Set<() => void>()

  /** `via`: another address and port to reach it by, such as a proxy's. */
  private constructor(host: Host, repository: Repository, via: { readonly address: string; readonly port: number }) {
    this.#repository = repository
    writeFileSync(join(this.#folder, 'key'), host.key, { mode: 0o600 })
    writeFileSync(join(this.#folder, 'known_hosts'), host.knownHosts)
    const ssh = ['ssh', '-F', 'none', '-i', join(this.#folder, 'key'), '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=yes',
      '-o', `UserKnownHostsFile=${join(this.#folder, 'known_hosts')}`, '-o', `HostKeyAlias=${host.address}`, '-o', `Hostname=${via.address}`,
      '-p', String(via.port)]
    this.#env = { ...process.env, GIT_SSH_COMMAND: ssh.join(' '), GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' }
  }

  /** Adds it to a repository under the name `production`. */
  static async of(
    host: Host, app: string, repository: Repository, via: { readonly address: string; readonly port: number } = host,
  ): Promise<GitRemote> {
    const remote = new GitRemote(host, repository, via)
    const url = `ssh://${host.user}@${host.address}/srv/git/${app}.git`
    await must('git', ['config', 'remote.production.url', url], { cwd: repository.path })
    return remote
  }

  push(...refs: readonly string[]): Promise<Pushed> {
    return this.start(...refs).done
  }

  start(...refs: readonly string[]): StartedPush {
    const began = performance.now()
    const child = spawn('git', ['push', 'production', ...refs], {
      cwd: this.#repository.path, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    })
    let log = ''
    const waiting = new Set<{ readonly pattern: RegExp; resolve(): void; reject(error: Error): void }>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text
        for (const one of waiting) if (one.pattern.test(log)) { waiting.delete(one); one.resolve() }
      })
    }
    const kill = (): void => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    this.#running.add(kill)
    const done = new Promise<Pushed>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        this.#running.delete(kill)
        for (const { pattern, reject: never } of waiting) never(new Error(`The push ended without ${String(pattern)}:\n${log}`))
        const remote = [...log.matchAll(/^remote: ?(.*)$/gm)].map(([, line = '']) => line.trimEnd()).join('\n')
        resolve({ code, signal, log, remote, took: performance.now() - began })
      })
    })
    return {
      done, kill,
      until: (pattern) => new Promise((resolve, reject) => {
        if (pattern.test(log)) resolve()
        else if (child.exitCode !== null) reject(new Error(`The push ended without ${String(pattern)}:\n${log}`))
        else waiting.add({ pattern, resolve, reject })
      }),
    }
  }

  /** Ends the pushes that a failed test has left. */
  rest(): void {
    for (const kill of this.#running) kill()
  }

  [Symbol.dispose](): void {
    this.rest()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
