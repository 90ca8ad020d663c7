import { Failure } from '../../errors'
import { askGit, gitFailed, runGit, type Place, type RunOptions } from './process'

/** The repository at GitHub that tags go to. */
export interface Remote {
  /** `https://github.com/ada/shop`. */
  readonly url: string
  readonly token: string
}

/** With what a tag is signed. `ssh`: path of a private key without a passphrase; `openpgp`: a folder for GnuPG, and which of its keys. */
export type Signing = { readonly kind: 'ssh'; readonly file: string } | { readonly kind: 'openpgp'; readonly home: string; readonly fingerprint: string }

export interface NewTag {
  readonly name: string
  /** 40 hex. */
  readonly commit: string
  readonly message: string
  readonly tagger: { readonly name: string; readonly email: string }
  readonly signing: Signing | null
}

/** Through which proxy, and whom to believe: as whoever set up the runner said. */
const inherited = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/** The token goes by the environment: arguments are read by everybody on the machine. What a checkout has left for the same server is not sent beside it. */
function reaching({ url, token }: Remote): Record<string, string> {
  const header = `http.${new URL(url).origin}/.extraheader`
  const settings: readonly (readonly [string, string])[] = [
    [header, ''], [header, `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`],
    // Nobody is there to be asked, and no helper of the machine's owner is to answer.
    ['credential.helper', ''],
    ['http.lowSpeedLimit', '1'], ['http.lowSpeedTime', '30'],
  ]
  return {
    ...Object.fromEntries(inherited.flatMap((name) => process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])),
    GIT_ALLOW_PROTOCOL: 'https:http', GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(settings.flatMap(([name, value], index) => [[`GIT_CONFIG_KEY_${index}`, name], [`GIT_CONFIG_VALUE_${index}`, value]])),
  }
}

/** The commit that a tag stands for at the remote; null: there is none. Throws a `Failure`: `git-remote`. */
export async function tagAtRemote(place: Place, remote: Remote, name: string, options: RunOptions): Promise<string | null> {
  const { code, output, errors } = await runGit(place, ['ls-remote', remote.url, `refs/tags/${name}`, `refs/tags/${name}^{}`], { ...options, env: reaching(remote) })
  if (code !== 0) throw notReached(remote, 'ask for its tags', errors)
  const found = new Map(output.toString('utf8').split('\n').map((line) => line.split('\t')).map(([id = '', ref = '']) => [ref, id]))
  return found.get(`refs/tags/${name}^{}`) ?? found.get(`refs/tags/${name}`) ?? null
}

/** Makes an annotated tag in the checkout, unless it has one of that name; signed where there is a key. Throws a `Failure`: `tag-signing`, `git-failed`. */
export async function makeTag(place: Place, { name, commit, message, tagger, signing }: NewTag, options: RunOptions): Promise<void> {
  const env: Record<string, string> = { GIT_COMMITTER_NAME: tagger.name, GIT_COMMITTER_EMAIL: tagger.email }
  const how = signing === null ? ['tag', '--annotate'] : ['tag', '--sign']
  const settings = signing === null ? ['-c', 'tag.gpgSign=false'] : signing.kind === 'ssh' ? ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${signing.file}`] : ['-c', 'gpg.format=openpgp', '-c', `user.signingKey=${signing.fingerprint}`]
  if (signing?.kind === 'openpgp') env['GNUPGHOME'] = signing.home
  const args = [...settings, ...how, '--cleanup=verbatim', '--file=-', name, commit]
  const { code, errors } = await runGit(place, args, { ...options, env, input: message })
  // Git 2.39 makes it without a signature, and ends well, when there is no such key.
  const made = code === 0 && (signing === null || /^-----BEGIN (SSH|PGP) SIGNATURE-----$/m.test((await askGit(place, ['cat-file', 'tag', `refs/tags/${name}`], options)).toString('utf8')))
  if (made) return
  if (signing !== null && !/already exists/.test(errors)) {
    if (code === 0) await dropTag(place, name, options)
    throw new Failure({
      code: 'tag-signing', what: `The tag ${name} could not be signed.`, why: lastLine(errors),
      cure: signing.kind === 'ssh' ? 'Give `signing-key` a private SSH key without a passphrase; the runner needs `ssh-keygen` of OpenSSH 8.1 or newer.' : 'Give `signing-key` a private OpenPGP key without a passphrase, as `gpg --armor --export-secret-keys` prints it; the runner needs `gpg`.',
    })
  }
  throw gitFailed(args, `exit code ${code}`, errors)
}

/** Takes a tag away from the checkout that was never pushed. */
export async function dropTag(place: Place, name: string, options: RunOptions): Promise<void> {
  await askGit(place, ['update-ref', '-d', `refs/tags/${name}`], options)
}

/** `exists`: the remote has that name already; nothing is ever moved. Throws a `Failure`: `git-remote`, `tag-refused`. */
export async function pushTag(place: Place, remote: Remote, name: string, options: RunOptions): Promise<'pushed' | 'exists'> {
  const { code, errors } = await runGit(place, ['push', '--porcelain', '--no-verify', '--no-signed', remote.url, `refs/tags/${name}:refs/tags/${name}`], { ...options, env: reaching(remote) })
  if (code === 0) return 'pushed'
  // A server says it in its own words when two come at the same moment.
  if (/already exists|\[rejected\]|reference already exists|cannot lock ref/i.test(errors)) return 'exists'
  const said = /\[remote rejected\][^\n]*\(([^\n]*)\)/.exec(errors)?.[1] ?? null
  if (said !== null) {
    const says = [...errors.matchAll(/^remote: (.*)$/gm)].map(([, line]) => line?.trim()).filter(Boolean).join(' ')
    throw new Failure({
      code: 'tag-refused', what: `GitHub does not take the tag ${name}: ${said}.`, ...(says === '' ? {} : { why: says.slice(0, 500) }),
      cure: 'A ruleset of the repository may keep tags for some: let GitHub Actions (or the app of the token) pass it, under Settings, Rules.',
    })
  }
  throw notReached(remote, `push the tag ${name}`, errors)
}

function notReached({ url }: Remote, doing: string, errors: string): Failure {
  const forbidden = /\b(401|403)\b|Authentication failed|not granted|denied/i.test(errors)
  const missing = /\b404\b|not found/i.test(errors)
  return new Failure({
    code: 'git-remote', what: `Git could not ${doing} at ${url}.`, why: lastLine(errors),
    cure: forbidden || missing
      ? 'Give the job `permissions: { contents: write }` and leave `github-token` at its default.'
      : 'Run the job again; on a self-hosted runner, check that it reaches that address.',
  })
}

function lastLine(errors: string): string {
  const lines = errors.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  return (lines.findLast((line) => /^(fatal|error|remote):/.test(line)) ?? lines.at(-1) ?? 'It did not say why.').slice(0, 400)
}
