import { parseImageName } from '../../drivers/registry'
import { collecting, Failure, throwAll } from '../../errors'
import { isLocal } from '../../image/local'

/** Which image a service runs. */
export interface ServiceImage {
  readonly service: string
  /** `NAME@sha256:…`, without a tag: the digest says all. */
  readonly reference: string
  /** `ghcr.io`, `docker.io`; null for an image that the runner itself has: its reference says where, until it is opened. */
  readonly registry: string | null
}

/** The input `images`: `service=NAME@sha256:…` a line, or JSON as build-image gives it, on one line or on several. Throws all that is wrong. */
export function parseImages(text: string): readonly ServiceImage[] {
  const failures: Failure[] = []
  const found = new Map<string, ServiceImage>()
  for (const [service, reference] of pairs(text, failures)) {
    const image = collecting(failures, () => serviceImage(service, reference))
    if (image === null) continue
    const before = found.get(service)
    if (before !== undefined && before.reference !== image.reference) failures.push(twice(service))
    found.set(service, image)
  }
  throwAll(failures)
  return [...found.values()]
}

function pairs(text: string, failures: Failure[]): readonly (readonly [service: string, reference: string])[] {
  if (text.trimStart().startsWith('{')) {
    const whole = ofJson(text)
    if (whole !== null) return whole
  }
  return text.split(/\r?\n/).flatMap((written): readonly (readonly [string, string])[] => {
    const line = written.replace(/(^|\s)#.*$/, '').trim()
    if (line === '') return []
    const json = line.startsWith('{') ? ofJson(line) : null
    if (json !== null) return json
    const [, service, reference = ''] = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*=\s*(.*)$/.exec(line) ?? []
    if (service !== undefined) return [[service, reference]]
    failures.push(malformed(line))
    return []
  })
}

function ofJson(text: string): readonly (readonly [string, string])[] | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    const entries = Object.entries(value)
    return entries.every(([, reference]) => typeof reference === 'string') ? entries as [string, string][] : null
  } catch {
    return null
  }
}

function serviceImage(service: string, reference: string): ServiceImage {
  if (reference === '') throw nothing(service)
  if (isLocal(reference)) return { service, reference, registry: null }
  const [, named = '', digest] = /^([^@]*)(?:@(.*))?$/.exec(reference) ?? []
  if (digest === undefined) throw withoutDigest(service, reference)
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw noDigest(service, digest)
  const name = parseImageName(named.replace(/:[^:/]*$/, ''), 'images')
  return { service, reference: `${name.text}@${digest}`, registry: name.registry }
}

function withoutDigest(service: string, reference: string): Failure {
  return new Failure({
    code: 'images-without-digest', what: `The input \`images\` says \`${service}=${shown(reference)}\`, which has no digest.`,
    why: 'A tag may be moved, and then hosts would run different images under one release.',
    cure: `Write \`${service}=\${{ steps.build.outputs.image }}\`, which build-image gives with its digest; or look it up: `
      + `docker buildx imagetools inspect ${shown(reference)} --format '{{.Manifest.Digest}}', and write ${service}=${shown(reference.replace(/:[^:/]*$/, ''))}@sha256:…`,
  })
}

function noDigest(service: string, digest: string): Failure {
  return new Failure({
    code: 'images-without-digest', what: `The input \`images\` says of \`${service}\` \`@${shown(digest)}\`, which is no digest.`,
    cure: 'Write `@sha256:` and 64 hex digits, as the registry shows it.',
  })
}

function nothing(service: string): Failure {
  return new Failure({
    code: 'images-empty', what: `The input \`images\` says nothing of \`${service}\`.`,
    why: 'The step that it names has pushed no image, or has another `id:`.',
    cure: `Look at that step: \`${service}=\${{ steps.build.outputs.image }}\` needs \`id: build\`, and \`push\` that is not \`false\`.`,
  })
}

function malformed(line: string): Failure {
  return new Failure({
    code: 'images-malformed', what: `The input \`images\` has the line \`${shown(line)}\`.`,
    cure: 'Write `service=NAME@sha256:…` a line, or the output `images` of build-image; for an image that only this runner has, `service=docker-daemon:NAME:TAG`.',
  })
}

function twice(service: string): Failure {
  return new Failure({
    code: 'images-malformed', what: `The input \`images\` says two things of \`${service}\`.`, cure: 'Remove one of the two.',
  })
}

const shown = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text).replaceAll(/[\r\n`]/g, ' ')
