import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from './command'

export interface OwnCertificate {
  /** The chain in PEM, the certificate of the names first. */
  readonly certificate: string
  readonly key: string
  /** Each of the chain. */
  readonly parts: readonly string[]
}

/** An authority of a company: it signs whatever it is asked to, by a certificate between. */
export class OwnAuthority implements Disposable {
  readonly root: string
  readonly #folder: string
  #number = 0

  private constructor(folder: string) {
    this.#folder = folder
    this.root = readFileSync(join(folder, 'root.pem'), 'utf8')
  }

  static async make(): Promise<OwnAuthority> {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-authority-'))
    writeFileSync(join(folder, 'root.cnf'), '[req]\ndistinguished_name = dn\nx509_extensions = v3\n[dn]\n[v3]\nbasicConstraints = critical, CA:true\n')
    await openssl(folder, 'req', '-x509', '-config', 'root.cnf', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650',
      '-subj', '/CN=Company root', '-keyout', 'root.key', '-out', 'root.pem')
    const authority = new OwnAuthority(folder)
    await authority.#sign('between', '/CN=Company issuing', 'basicConstraints = critical, CA:true', 'root', 3650)
    return authority
  }

  /** Over `days` from now on; over yesterday when they are negative. */
  async issue(names: readonly string[], days = 60): Promise<OwnCertificate> {
    const name = `leaf-${++this.#number}`
    await this.#sign(name, `/CN=${names[0]}`, `subjectAltName = ${names.map((one) => `DNS:${one}`).join(', ')}`, 'between', days)
    const parts = [name, 'between'].map((part) => this.#read(`${part}.pem`))
    return { certificate: parts.join(''), key: this.#read(`${name}.key`), parts }
  }

  async #sign(name: string, subject: string, extensions: string, by: string, days: number): Promise<void> {
    const folder = this.#folder
    mkdirSync(join(folder, `${name}.d`))
    writeFileSync(join(folder, `${name}.index`), '')
    writeFileSync(join(folder, `${name}.cnf`), `[ca]\ndefault_ca = us\n[us]\ndatabase = ${name}.index\nnew_certs_dir = ${name}.d\nrand_serial = yes\n`
      + `default_md = sha256\npolicy = any\nunique_subject = no\n[any]\ncommonName = supplied\n[v3]\n${extensions}\n`)
    await openssl(folder, 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject,
      '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const date = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
    await openssl(folder, 'ca', '-batch', '-notext', '-config', `${name}.cnf`, '-extensions', 'v3', '-in', `${name}.csr`, '-out', `${name}.pem`,
      '-cert', `${by}.pem`, '-keyfile', `${by}.key`, '-startdate', date(days < 0 ? days - 30 : -1), '-enddate', date(days))
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8')
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const openssl = (cwd: string, ...args: string[]): Promise<string> => must('openssl', args, { cwd })
