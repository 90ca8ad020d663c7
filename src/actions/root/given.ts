import { rootDeclaration, type RootInputs } from '../../inputs'

/** Names of the inputs that say something: neither empty nor what holds without them. */
export function givenInputs(inputs: RootInputs): ReadonlySet<string> {
  const values = inputs as unknown as Readonly<Record<string, unknown>>
  return new Set(Object.entries(rootDeclaration).flatMap(([property, { name, fallback }]) => {
    const value = values[property]
    const says = Array.isArray(value) ? value.length > 0 : value === true || typeof value === 'number' || (typeof value === 'string' && value !== fallback)
    return says ? [name] : []
  }))
}

/** What can never be of use in a cluster. */
export const ofHosts: readonly string[] = [
  'hosts', 'ssh-key', 'ssh-key-passphrase', 'known-hosts', 'bastion', 'bastion-ssh-key', 'take-over', 'compose-file', 'project', 'profiles',
  'firewall', 'git-push', 'git-push-branch', 'tls-email', 'tls-directory', 'tls-root', 'mirror', 'mirror-checksum',
]

/** What can never be of use on a host. */
export const ofClusters: readonly string[] = [
  'kubeconfig', 'kube-context', 'namespace', 'release-name', 'revision', 'chart', 'chart-repository', 'chart-version', 'values-files', 'values', 'helm-version',
]

/** What says how an image is built; one of them asks for it. */
export const ofBuilds: readonly string[] = [
  'image', 'context', 'file', 'build-target', 'build-args', 'build-secrets', 'build-ssh', 'build-ssh-key', 'write-dockerfile', 'platforms', 'push', 'load',
  'labels', 'cache-from', 'cache-to', 'provenance', 'sbom',
]

/** `a`, `b` and `c`, as code. */
export const listed = (names: readonly string[]): string =>
  [names.slice(0, -1).map((name) => `\`${name}\``).join(', '), `\`${names.at(-1) ?? ''}\``].filter(Boolean).join(' and ')
