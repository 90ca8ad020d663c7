import type { ActionOptions, ActionRun, Annotation } from '../harness/action'
import { push, setUp, succeeded } from '../harness/deploy'
import { sharedHost, type Host } from '../harness/hosts'
import { makeRepository, type Repository } from '../harness/repository'
import { ask } from '../harness/tiny-app'
import { refused } from './refusal'

export type Files = Readonly<Record<string, string>>

/** The machine of these tests: what they do to nginx, sudo and the program there is nobody else's business. */
export function badHost(): Promise<Host> {
  return sharedHost('bad', {}, () => Promise.resolve())
}

/** An app that serves `v1`, and must go on to, whatever is tried on it. */
export class Patient {
  readonly name: string
  readonly domain: string
  readonly host: Host
  readonly repository: Repository
  #tags = 0

  private constructor(host: Host, name: string, repository: Repository) {
    this.host = host
    this.name = name
    this.domain = `${name}.example.com`
    this.repository = repository
  }

  /** `files` get the app's name for `APP`. Its first release is deployed. */
  static async on(host: Host, label: string, files: Files): Promise<Patient> {
    const name = `${label}-${Date.now().toString(36).slice(-6)}`
    const named = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replaceAll('APP', name)]))
    const repository = await makeRepository(undefined, { files: named, tag: 'v1' })
    const patient = new Patient(host, name, repository)
    succeeded(await setUp(host, repository))
    succeeded(await push(host, repository))
    return patient
  }

  /** Commits and tags a release that is `v1` with these files in place of its own, and deploys it. */
  async push(files: Files, options: ActionOptions = {}): Promise<ActionRun> {
    await this.repository.git('checkout', '-q', '-f', '--detach', 'v1')
    this.repository.write(Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replaceAll('APP', this.name)])))
    const tag = `bad${++this.#tags}`
    await this.repository.commit(tag, tag)
    return await push(this.host, this.repository, options)
  }

  /** The push is refused with that code and these words, and on the host everything is as it was. */
  async refuses(files: Files, code: string, ...words: readonly (RegExp | string)[]): Promise<{ readonly said: Annotation; readonly run: ActionRun }> {
    return await this.stays(() => this.push(files), code, ...words)
  }

  /** The same of any run. */
  async stays(attempt: () => Promise<ActionRun>, code: string, ...words: readonly (RegExp | string)[]):
  Promise<{ readonly said: Annotation; readonly run: ActionRun }> {
    const before = await this.standing()
    const run = await attempt()
    const said = refused(run, code, ...words)
    expect(await this.standing()).toBe(before)
    return { said, run }
  }

  /** What users get, and all that the host has of the app: files by name, units, ports, names, processes, locks. */
  async standing(): Promise<string> {
    const { status, body } = await ask(this.host, this.domain, '/')
    return `${status} ${body}\n${await this.host.shell(standing.replaceAll('APP', this.name))}`
  }

  remove(): void {
    this.repository.remove()
  }
}

const standing = `
cd /opt/APP
ls -A releases run scratch shared incoming; readlink run/current.sock
ls -A /etc/systemd/system /etc/systemd/system/multi-user.target.wants | grep -F .APP. || true
grep -l '^APP ' /var/lib/slipway/ports/* || true
grep -l '"APP"' /var/lib/slipway/domains/* || true
systemctl list-units --all --no-legend --plain 'slipway-*.APP.*' | awk '{ print $1, $3, $4 }'
systemctl show -p MainPID 'slipway-app.APP.*' 'slipway-router.APP.*'
ls /run/slipway-APP.* 2>/dev/null || true
pgrep -u build-APP || true`
