import type { BuildRequest } from './request'

/** Where a build ends up. */
export type Output =
  /** In the registry, by its digest alone: no tag moves before all of it is there. */
  | { readonly kind: 'digest'; readonly image: string; readonly rewrites: boolean }
  /** In the Engine, under a tag. */
  | { readonly kind: 'engine'; readonly tag: string }
  /** Nowhere: is it good? */
  | { readonly kind: 'nowhere' }

/**
 * The words after `docker` of a build by Buildx. No value of an argument or a secret is among them: a process list is for all to
 * read. docker takes both from its environment, which `valuesOf` has.
 */
export function buildxWords(request: BuildRequest, output: Output, metadataFile: string): readonly string[] {
  const { provenance, sbom } = request
  return [
    'buildx', 'build', '--progress=plain', ...common(request),
    ...each('--secret', request.secrets.map((secret) =>
      secret.from === 'env' ? `id=${secret.id},env=${secret.name}` : csv(secret.id, secret.path))),
    ...each('--ssh', request.ssh.map(({ id, path }) => `${id}=${path}`)),
    ...each('--build-context', Object.entries(request.contexts).map(([name, place]) => `${name}=${place}`)),
    ...each('--cache-from', request.cacheFrom), ...each('--cache-to', request.cacheTo),
    // Unasked, Buildx adds one that tells when it was built: another digest each time.
    `--provenance=${provenance === 'none' ? 'false' : `mode=${provenance}`}`, ...(sbom ? ['--sbom=true'] : []),
    '--metadata-file', metadataFile, '--output', outputWord(output), ...(output.kind === 'engine' ? ['--tag', output.tag] : []),
    request.context,
  ]
}

/** The same of an Engine's own builder, which knows neither secrets, SSH nor caches nor more platforms than its own. */
export function engineWords(request: BuildRequest, tag: string): readonly string[] {
  return ['build', ...common(request), '--tag', tag, request.context]
}

/** Variables that hold the values. */
export function valuesOf({ args, secrets, epoch }: BuildRequest): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(secrets.flatMap((secret) => secret.from === 'env' ? [[secret.name, secret.value]] : [])),
    ...Object.fromEntries(args.map(({ name, value }) => [name, value])),
    SOURCE_DATE_EPOCH: String(epoch),
  }
}

function common({ dockerfile, target, args, platforms, labels }: BuildRequest): readonly string[] {
  return [
    '--file', dockerfile,
    ...(target === null ? [] : ['--target', target]),
    ...(platforms.length === 0 ? [] : ['--platform', platforms.join(',')]),
    ...each('--build-arg', [...args.map(({ name }) => name), 'SOURCE_DATE_EPOCH']),
    ...each('--label', Object.entries(labels).map(([key, value]) => `${key}=${value}`)),
  ]
}

function outputWord(output: Output): string {
  switch (output.kind) {
    case 'digest':
      return `type=image,name=${output.image},push-by-digest=true,name-canonical=true,push=true`
        + (output.rewrites ? ',rewrite-timestamp=true' : '')
    case 'engine': return 'type=docker'
    case 'nowhere': return 'type=cacheonly'
  }
}

/** Buildx reads this as a line of CSV. */
function csv(id: string, path: string): string {
  const source = `src=${path}`
  return `id=${id},${/[",]/.test(path) ? `"${source.replaceAll('"', '""')}"` : source}`
}

const each = (option: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [option, value])
