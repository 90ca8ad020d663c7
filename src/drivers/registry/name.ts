import { Failure } from '../../errors'

/** Where an image is: a registry and a repository in it, without a tag. */
export interface ImageName {
  /** As people write it: `ghcr.io/ada/shop`, `ada/shop`. */
  readonly text: string
  /** Host and port, as credentials are stored for: `ghcr.io`, `localhost:5000`, `docker.io`. */
  readonly registry: string
  /** `ada/shop`; of Docker Hub's own images `library/nginx`. */
  readonly path: string
}

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const hub = 'docker.io'

/** Throws a `Failure`: `image-name`. */
export function parseImageName(text: string, input = 'image'): ImageName {
  const refuse = (what: string, cure: string): Failure =>
    new Failure({ code: 'image-name', what: `The input \`${input}\` is \`${text}\`, ${what}.`, cure })
  if (/^[a-z]+:\/\//i.test(text)) {
    throw refuse('which is a URL', `Write it without the scheme: \`${input}: ${text.replace(/^[a-z]+:\/\//i, '').toLowerCase()}\`.`)
  }
  if (text.includes('@')) {
    throw refuse('which holds a digest', `Write the name alone: \`${input}: ${text.split('@')[0] ?? ''}\`; the digest is what is built.`)
  }
  const [first = '', ...rest] = text.split('/')
  const named = rest.length > 0 && /[.:]|^localhost$/.test(first)
  const path = named ? rest.join('/') : text
  if (path.includes(':')) {
    throw refuse('which holds a tag', `Write the name alone: \`${input}: ${text.replace(/:[^:/]*$/, '')}\`; tags come from the ref that is built.`)
  }
  if (path !== path.toLowerCase()) {
    throw refuse('and names of images have no capital letters', `Write \`${input}: ${named ? `${first}/` : ''}${path.toLowerCase()}\`.`)
  }
  if (named && !/^(\[[0-9a-f:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?$/.test(first)) {
    throw refuse(`and \`${first}\` is no registry`, `Write host and, if need be, port: \`${input}: registry.example.com:5000/${path}\`.`)
  }
  if (path.length > 200 || !path.split('/').every((part) => component.test(part))) {
    throw refuse('which is no name of an image', `Write for example \`${input}: registry.example.com/ada/shop\`: letters, digits, and . _ - between them.`)
  }
  const registry = named ? (first === 'index.docker.io' ? hub : first.toLowerCase()) : hub
  return { text, registry, path: registry === hub && !path.includes('/') ? `library/${path}` : path }
}

/** Where the registry's API is. Plain HTTP only to this machine itself, as Docker and BuildKit have it. */
export function apiOf({ registry }: ImageName): string {
  if (registry === hub) return 'https://registry-1.docker.io'
  return `${isLoopback(registry) ? 'http' : 'https'}://${registry}`
}

export function isLoopback(registry: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(registry)
}

/** Under which keys a docker config may have the credentials of a registry; the first is the one that is written. */
export function credentialKeys(registry: string): readonly string[] {
  if (registry === hub) return ['https://index.docker.io/v1/', 'index.docker.io', hub, 'registry-1.docker.io']
  return [registry, `https://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`, `http://${registry}`]
}
