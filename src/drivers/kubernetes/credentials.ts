import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Failure } from '../../errors'
import type { ExecPlugin, Kubeconfig } from './kubeconfig'
import { pluginEnvironment } from './plugin-environment'

/** What a request says of who asks. */
export interface Account {
  /** The value of `Authorization`; null: the certificate says it. */
  readonly authorization: string | null
  readonly client: { readonly cert: string; readonly key: string } | null
}

/** Milliseconds that a plugin may take: some ask a person when they run elsewhere. */
const patience = 60_000
/** Milliseconds before the end of a credential at which it is got anew. */
const early = 60_000

/** Who we are at the API server: got once, and again when it ends or is refused. */
export class Credentials {
  readonly #config: Kubeconfig
  readonly #env: NodeJS.ProcessEnv
  readonly #hide: (secret: string) => void
  #known: Promise<{ readonly account: Account; readonly until: number }> | null = null

  /** `hide` hears of each secret before it is used. */
  constructor(config: Kubeconfig, env: NodeJS.ProcessEnv, hide: (secret: string) => void) {
    this.#config = config
    this.#env = env
    this.#hide = hide
  }

  /** Throws a `Failure`: `kubeconfig-plugin`. `anew`: what was known is refused. */
  async account(anew = false): Promise<Account> {
    const known = anew ? null : await this.#known?.catch(() => null)
    if (known !== null && known !== undefined && known.until > Date.now() + early) return known.account
    this.#known = this.#get()
    return (await this.#known).account
  }

  /** Could another attempt have other credentials? */
  get renewable(): boolean {
    return this.#config.exec !== null || this.#config.tokenFile !== null
  }

  async #get(): Promise<{ readonly account: Account; readonly until: number }> {
    const { token, tokenFile, basic, client, exec } = this.#config
    const ever = Number.POSITIVE_INFINITY
    if (token !== null) return { account: { authorization: `Bearer ${this.#hidden(token)}`, client }, until: ever }
    if (tokenFile !== null) {
      // The kubelet and cloud logins write it anew before it ends.
      const text = this.#hidden((await readFile(tokenFile, 'utf8')).trim())
      return { account: { authorization: `Bearer ${text}`, client }, until: Date.now() + 2 * early }
    }
    if (basic !== null) {
      const word = this.#hidden(Buffer.from(`${basic.username}:${this.#hidden(basic.password)}`).toString('base64'))
      return { account: { authorization: `Basic ${word}`, client }, until: ever }
    }
    if (exec !== null) {
      const given = await this.#ask(exec)
      return { account: { authorization: given.token === null ? null : `Bearer ${this.#hidden(given.token)}`, client: given.client ?? client }, until: given.until }
    }
    return { account: { authorization: null, client }, until: ever }
  }

  #hidden(secret: string): string {
    this.#hide(secret)
    return secret
  }

  async #ask({ apiVersion, command, args, env, provideClusterInfo }: ExecPlugin): Promise<{ token: string | null; client: Account['client']; until: number }> {
    const { server, ca, tlsServerName } = this.#config
    const cluster = provideClusterInfo
      ? { cluster: { server, ...(ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }), ...(tlsServerName === null ? {} : { 'tls-server-name': tlsServerName }) } }
      : {}
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...cluster } })
    const { code, stdout, stderr } = await run(command, args, { ...pluginEnvironment(this.#env), ...env, KUBERNETES_EXEC_INFO: info })
    if (code !== 0) throw refused(command, `It ended with ${code}.`, stderr)
    let said: { readonly status?: { readonly token?: string; readonly clientCertificateData?: string; readonly clientKeyData?: string; readonly expirationTimestamp?: string } }
    try {
      said = JSON.parse(stdout) as typeof said
    } catch {
      throw refused(command, 'It printed no JSON.', stderr)
    }
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = said.status ?? {}
    if (token === undefined && (cert === undefined || key === undefined)) throw refused(command, 'It gave neither a token nor a certificate.', stderr)
    const until = expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(expirationTimestamp)
    return { token: token ?? null, client: cert === undefined || key === undefined ? null : { cert, key }, until: Number.isNaN(until) ? Number.POSITIVE_INFINITY : until }
  }
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, timeout: patience, killSignal: 'SIGKILL' })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => { texts[name] = (texts[name] + chunk).slice(-(1024 ** 2)) })
    }
    child.on('error', (cause) => reject(new Failure({
      code: 'kubeconfig-plugin', what: `The kubeconfig gets its credentials from \`${command}\`, which cannot be started here.`,
      why: cause.message, cure: 'Install it in a step before this one (the cloud\'s login action mostly does), or give a kubeconfig with a token.', cause,
    })))
    child.on('close', (code) => resolve({ code: code ?? 1, ...texts }))
  })
}

function refused(command: string, why: string, stderr: string): Failure {
  return new Failure({
    code: 'kubeconfig-plugin', what: `\`${command}\`, from which the kubeconfig gets its credentials, gave none.`, why,
    cure: 'Log in to the cloud in a step before this one, and try it there: kubectl version', evidence: [{ source: command, text: stderr }],
  })
}
