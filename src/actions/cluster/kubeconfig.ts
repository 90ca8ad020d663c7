import { existsSync } from 'node:fs'
import { parse } from 'yaml'
import { Failure, nearest } from '../../errors'
import { decodedKubeconfig } from '../../inputs'

export interface Kubeconfig {
  /** YAML or JSON. */
  readonly text: string
  /** The context that is meant. */
  readonly context: string
}

interface Named {
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
}

/** The input `kubeconfig`, and the context in it. Throws a `Failure` that quotes nothing of it but names of contexts. */
export function readKubeconfig(input: string, wanted: string | null): Kubeconfig {
  const text = decodedKubeconfig(input)
  if (/^(~|\.{0,2}\/|[A-Za-z]:\\)?[\w./\\-]{1,200}$/.test(text.trim())) throw notAPath(text.trim())
  const file = parsed(text)
  const contexts = named(file, 'contexts', 'context')
  const names = contexts.map(({ name }) => name)
  const current = typeof file['current-context'] === 'string' ? file['current-context'] : ''
  const context = wanted ?? current
  const found = contexts.find(({ name }) => name === context)
  if (found === undefined) throw noContext(wanted, current, names)
  const part = (key: 'cluster' | 'user'): Readonly<Record<string, unknown>> => {
    const called = found.body[key]
    const one = named(file, `${key}s`, key).find(({ name }) => name === called)
    if (one === undefined) throw invalid(`its context \`${context}\` names a ${key} that is not in it`)
    return one.body
  }
  const [cluster, user] = [part('cluster'), part('user')]
  if (cluster['insecure-skip-tls-verify'] === true) throw insecure(context)
  for (const [key, path] of [['certificate-authority', cluster], ['client-certificate', user], ['client-key', user], ['tokenFile', user]] as const) {
    const named = path[key]
    if (typeof named === 'string' && named !== '' && !(named.startsWith('/') && existsSync(named))) throw elsewhere(key)
  }
  return { text, context }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let file: unknown
  try {
    file = parse(text)
  } catch {
    // The parser's message quotes a piece of it.
    throw invalid('it is neither YAML nor JSON')
  }
  if (typeof file !== 'object' || file === null || Array.isArray(file)) throw invalid('it is no mapping')
  const found = file as Readonly<Record<string, unknown>>
  for (const key of ['clusters', 'contexts', 'users']) if (!Array.isArray(found[key])) throw invalid(`it has no list \`${key}\``)
  return found
}

function named(file: Readonly<Record<string, unknown>>, list: string, key: string): readonly Named[] {
  const items = file[list] as readonly unknown[]
  return items.flatMap((item) => {
    if (typeof item !== 'object' || item === null) return []
    const { name, [key]: body } = item as Record<string, unknown>
    return typeof name === 'string' ? [{ name, body: typeof body === 'object' && body !== null ? body as Record<string, unknown> : {} }] : []
  })
}

const FLAT = 'kubectl config view --raw --minify --flatten'

function invalid(why: string): Failure {
  return new Failure({
    code: 'kubeconfig-invalid', what: `The input \`kubeconfig\` is no kubeconfig: ${why}.`,
    cure: `Store what \`${FLAT}\` prints: \`${FLAT} | gh secret set KUBECONFIG\`, and write \`kubeconfig: \${{ secrets.KUBECONFIG }}\`.`,
  })
}

function notAPath(path: string): Failure {
  const isPath = /[\\/]|\.(ya?ml|conf|json)$|^(config|kubeconfig)$/.test(path)
  return isPath ? new Failure({
    code: 'kubeconfig-path', what: 'The input `kubeconfig` is a path.', why: 'It takes the content of the file.',
    cure: `Leave the input out and give the step \`env: { KUBECONFIG: <the path> }\`; or store the content: \`${FLAT} | gh secret set KUBECONFIG\`.`,
  }) : invalid('it is one word')
}

function noContext(wanted: string | null, current: string, names: readonly string[]): Failure {
  const listed = names.length === 0 ? 'It has none.' : `It has ${names.map((name) => `\`${name}\``).join(', ')}.`
  if (wanted === null && current === '') {
    return new Failure({ code: 'kube-context', what: 'The kubeconfig has no current context, and the input `kube-context` names none.', why: listed, cure: `Write \`kube-context: ${names[0] ?? '…'}\`.` })
  }
  const near = nearest(wanted ?? current, names)
  return new Failure({
    code: 'kube-context', what: wanted === null ? `The kubeconfig's current context \`${current}\` is not in it.` : `The kubeconfig has no context \`${wanted}\`, which the input \`kube-context\` names.`,
    why: listed, cure: near === undefined ? `Write \`kube-context: ${names[0] ?? '…'}\`, or another of them.` : `Did you mean \`kube-context: ${near}\`?`,
  })
}

function insecure(context: string): Failure {
  return new Failure({
    code: 'kubeconfig-insecure', what: `The cluster of the context \`${context}\` is not to be verified (\`insecure-skip-tls-verify\`).`, why: 'Anyone on the way could answer in its place, and be given the token.',
    cure: 'Put the certificate of its authority there, as `certificate-authority-data`, and remove `insecure-skip-tls-verify`.',
  })
}

function elsewhere(key: string): Failure {
  return new Failure({
    code: 'kubeconfig-invalid', what: `The input \`kubeconfig\` names a file by \`${key}\`, which is not on this runner.`, why: 'It was copied from another machine without the files that it names.',
    cure: `Store it with them inside: \`${FLAT} | gh secret set KUBECONFIG\`.`,
  })
}
