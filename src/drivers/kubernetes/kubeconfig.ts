import { readFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { Failure, nearest } from '../../errors'
import { inCluster } from './in-cluster'

/** A program that gives credentials, as cloud logins set it up. */
export interface ExecPlugin {
  readonly apiVersion: string
  /** An absolute path, or a name that PATH leads to. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly provideClusterInfo: boolean
}

/** Where the API server is and who we are there: one context of a kubeconfig, with all that its files held. */
export interface Kubeconfig {
  /** The context's name; `in-cluster` for a pod's own account. */
  readonly context: string
  /** `https://host[:port][/path]`, without a slash at its end. */
  readonly server: string
  /** PEM; null: authorities that the system trusts. */
  readonly ca: string | null
  /** The name in the server's certificate, where it is not the server's own. */
  readonly tlsServerName: string | null
  readonly proxyUrl: string | null
  /** Of the context; null: it names none. */
  readonly namespace: string | null
  readonly token: string | null
  /** A file that somebody renews. */
  readonly tokenFile: string | null
  readonly basic: { readonly username: string; readonly password: string } | null
  readonly client: { readonly cert: string; readonly key: string } | null
  readonly exec: ExecPlugin | null
}

export interface KubeconfigRequest {
  /** Of the input: the text of a kubeconfig, in YAML or in base64; null: the one of earlier steps. */
  readonly text: string | null
  /** Null: the kubeconfig's current one. */
  readonly context: string | null
  readonly env: NodeJS.ProcessEnv
  /** The home folder. */
  readonly home: string
}

type Plain = Readonly<Record<string, unknown>>
interface Named { readonly name: string; readonly said: Plain; readonly folder: string }
interface Loaded {
  readonly contexts: readonly Named[]
  readonly clusters: readonly Named[]
  readonly users: readonly Named[]
  readonly current: string | null
  /** For messages. */
  readonly where: string
}

/**
 * The context to use, from the input, else from KUBECONFIG, `~/.kube/config`, or the account of the pod that the runner is in. Throws a
 * `Failure`: `kubeconfig-missing`, `kubeconfig-invalid`, `kubeconfig-insecure`, `context-unknown`, `context-missing`.
 */
export async function readKubeconfig(request: KubeconfigRequest): Promise<Kubeconfig> {
  const loaded = await load(request)
  if (loaded === null) {
    const own = request.context === null ? await inCluster(request.env) : null
    if (own !== null) return own
    throw missing()
  }
  return await choose(loaded, request.context)
}

async function load({ text, env, home }: KubeconfigRequest): Promise<Loaded | null> {
  if (text !== null) return read(text, process.cwd(), 'the input `kubeconfig`')
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean)
  const files = named.length > 0 ? named : [join(home, '.kube', 'config')]
  const found: Loaded[] = []
  for (const file of files) {
    const content = await readFile(file, 'utf8').catch(() => null)
    if (content !== null && content.trim() !== '') found.push(read(content, dirname(resolve(file)), file))
  }
  return found.length === 0 ? null : merged(found)
}

/** The first that says something is right, as kubectl has it. */
function merged(all: readonly Loaded[]): Loaded {
  const first = (pick: (one: Loaded) => readonly Named[]): readonly Named[] => {
    const byName = new Map<string, Named>()
    for (const named of all.flatMap(pick)) if (!byName.has(named.name)) byName.set(named.name, named)
    return [...byName.values()]
  }
  return {
    contexts: first((one) => one.contexts), clusters: first((one) => one.clusters), users: first((one) => one.users),
    current: all.find(({ current }) => current !== null)?.current ?? null, where: all.map(({ where }) => where).join(', '),
  }
}

function read(text: string, folder: string, where: string): Loaded {
  const said = plainOf(text) ?? plainOf(Buffer.from(text.replaceAll(/\s/g, ''), 'base64').toString('utf8'))
  if (said === null) throw invalid(where, 'It is no YAML with clusters, users and contexts.')
  const list = (key: string, inner: string): readonly Named[] => (Array.isArray(said[key]) ? said[key] as unknown[] : []).flatMap((item) =>
    isPlain(item) && typeof item['name'] === 'string' && isPlain(item[inner]) ? [{ name: item['name'], said: item[inner], folder }] : [])
  return {
    contexts: list('contexts', 'context'), clusters: list('clusters', 'cluster'), users: list('users', 'user'),
    current: textOf(said['current-context']), where,
  }
}

function plainOf(text: string): Plain | null {
  try {
    const said: unknown = parse(text)
    return isPlain(said) && ('clusters' in said || 'contexts' in said) ? said : null
  } catch {
    return null
  }
}

async function choose(loaded: Loaded, asked: string | null): Promise<Kubeconfig> {
  const { contexts, clusters, users, where } = loaded
  const name = asked ?? loaded.current ?? (contexts.length === 1 ? contexts[0]?.name ?? null : null)
  const names = contexts.map((one) => one.name)
  if (name === null) {
    throw new Failure({
      code: 'context-missing', what: `Nothing says which context of ${where} to use.`,
      why: names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}, and no \`current-context\`.`,
      cure: names.length === 0 ? 'Give a whole kubeconfig: kubectl config view --raw --minify --flatten' : `Set the input \`kube-context\`, for instance to ${names[0] ?? ''}.`,
    })
  }
  const context = contexts.find((one) => one.name === name)
  if (context === undefined) {
    const near = nearest(name, names)
    throw new Failure({
      code: 'context-unknown', what: `There is no context ${name} in ${where}${near === undefined ? '' : `; did you mean ${near}?`}`,
      why: names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`, cure: `Set the input \`kube-context\` to one of them${asked === null ? ', or correct `current-context`' : ''}.`,
    })
  }
  const cluster = clusters.find((one) => one.name === context.said['cluster'])
  const user = users.find((one) => one.name === context.said['user'])
  if (cluster === undefined) throw invalid(where, `Context ${name} names ${textOf(context.said['cluster']) === null ? 'no cluster' : `the cluster ${textOf(context.said['cluster']) ?? ''}, which is not in it`}.`)
  return { context: name, namespace: textOf(context.said['namespace']), ...await serverOf(cluster, where), ...await accountOf(user, where) }
}

async function serverOf({ name, said, folder }: Named, where: string): Promise<Pick<Kubeconfig, 'server' | 'ca' | 'tlsServerName' | 'proxyUrl'>> {
  const server = textOf(said['server'])?.replace(/\/+$/, '') ?? ''
  if (!/^https?:\/\/[^/\s]+/.test(server)) throw invalid(where, `The cluster ${name} has no \`server\` that is a URL.`)
  if (server.startsWith('http://') || said['insecure-skip-tls-verify'] === true) {
    throw new Failure({
      code: 'kubeconfig-insecure',
      what: server.startsWith('http://') ? `${server} is not asked by TLS.` : `The cluster ${name} of ${where} has \`insecure-skip-tls-verify: true\`.`,
      why: 'Whoever is on the way could take the credentials, and answer in the place of the cluster.',
      cure: 'Give the cluster\'s authority instead: `certificate-authority-data` (kubectl config view --raw --minify shows it; `tls-server-name`, if only the name differs).',
    })
  }
  return { server, ca: await inlineOrFile(said, 'certificate-authority', folder, where), tlsServerName: textOf(said['tls-server-name']), proxyUrl: textOf(said['proxy-url']) }
}

async function accountOf(user: Named | undefined, where: string): Promise<Pick<Kubeconfig, 'token' | 'tokenFile' | 'basic' | 'client' | 'exec'>> {
  const nobody = { token: null, tokenFile: null, basic: null, client: null, exec: null }
  if (user === undefined) return nobody
  const { said, folder, name } = user
  if (isPlain(said['auth-provider'])) {
    throw new Failure({
      code: 'kubeconfig-invalid', what: `The user ${name} of ${where} has an \`auth-provider\`.`, why: 'Kubernetes itself has given that up for `exec` plugins.',
      cure: 'Get the kubeconfig anew from your cloud: aws eks update-kubeconfig, gcloud container clusters get-credentials, az aks get-credentials',
    })
  }
  const other = ['as', 'as-groups', 'as-uid', 'as-user-extra'].find((key) => said[key] !== undefined && said[key] !== null && said[key] !== '')
  if (other !== undefined) {
    throw new Failure({
      code: 'kubeconfig-invalid', what: `The user ${name} of ${where} acts as somebody else (\`${other}\`).`,
      why: 'Slipway does not act for others: whoever may do that has more rights than a deployment needs.',
      cure: `Give a kubeconfig of that account itself: kubectl create token ${typeof said['as'] === 'string' ? said['as'].split(':').at(-1) ?? 'NAME' : 'NAME'}, or a Role for the user and no \`${other}\`.`,
    })
  }
  const cert = await inlineOrFile(said, 'client-certificate', folder, where)
  const key = await inlineOrFile(said, 'client-key', folder, where)
  const [username, password] = [textOf(said['username']), textOf(said['password'])]
  const tokenFile = textOf(said['tokenFile'])
  return {
    token: textOf(said['token']), tokenFile: tokenFile === null ? null : resolve(folder, tokenFile),
    basic: username === null ? null : { username, password: password ?? '' },
    client: cert === null || key === null ? null : { cert, key },
    exec: isPlain(said['exec']) ? execOf(said['exec'], folder, where) : null,
  }
}

function execOf(said: Plain, folder: string, where: string): ExecPlugin {
  const command = textOf(said['command'])
  if (command === null) throw invalid(where, 'An `exec` plugin has no command.')
  const env = (Array.isArray(said['env']) ? said['env'] as unknown[] : []).flatMap((item) =>
    isPlain(item) && typeof item['name'] === 'string' ? [[item['name'], textOf(item['value']) ?? '']] : [])
  return {
    apiVersion: textOf(said['apiVersion']) ?? 'client.authentication.k8s.io/v1',
    // A path counts from the kubeconfig's folder, a bare name is looked for in PATH.
    command: /[\\/]/.test(command) && !isAbsolute(command) ? resolve(folder, command) : command,
    args: Array.isArray(said['args']) ? (said['args'] as unknown[]).map(String) : [],
    env: Object.fromEntries(env) as Record<string, string>,
    provideClusterInfo: said['provideClusterInfo'] === true,
  }
}

async function inlineOrFile(said: Plain, key: string, folder: string, where: string): Promise<string | null> {
  const inline = textOf(said[`${key}-data`])
  if (inline !== null) {
    const text = Buffer.from(inline, 'base64').toString('utf8')
    if (!text.includes('-----BEGIN')) throw invalid(where, `Its \`${key}-data\` is no PEM in base64.`)
    return text
  }
  const file = textOf(said[key])
  if (file === null) return null
  try {
    return await readFile(resolve(folder, file), 'utf8')
  } catch (cause) {
    throw new Failure({
      code: 'kubeconfig-invalid', what: `${where} names the file ${file} as \`${key}\`, which cannot be read.`,
      cure: 'Make a kubeconfig that holds all it needs: kubectl config view --raw --minify --flatten', cause,
    })
  }
}

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown): string | null => typeof value === 'string' && value !== '' ? value : null

function missing(): Failure {
  return new Failure({
    code: 'kubeconfig-missing', what: 'There is no kubeconfig: the input `kubeconfig` is empty, and no earlier step has left one.',
    why: 'A secret that is not set, or that this run may not read (a fork, Dependabot, another `environment`), comes as an empty text.',
    cure: 'Store one with `kubectl config view --raw --minify --flatten | gh secret set KUBECONFIG` and write `kubeconfig: ${{ secrets.KUBECONFIG }}`; '
      + 'or log in to your cloud in a step before this one.',
  })
}

function invalid(where: string, why: string): Failure {
  return new Failure({
    code: 'kubeconfig-invalid', what: `The kubeconfig (${where}) cannot be used.`, why,
    cure: 'Store it anew: kubectl config view --raw --minify --flatten | gh secret set KUBECONFIG',
  })
}
