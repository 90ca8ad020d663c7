import { Failure, nearest } from '../../errors'
import { shown } from '../tree'
import type { ChartValue } from '../types'
import { isValues, mergedValues, valueAt, valuesWith, type ChartValues } from './values'

export interface ImagesAsked {
  /** Service → reference by digest. */
  readonly images: Readonly<Record<string, string>>
  /** Service → path in the values, where slipway.yml says it. */
  readonly places: Readonly<Record<string, string>>
  /** What the chart's own values.yaml says. */
  readonly defaults: ChartValues
  /** What is laid over it. */
  readonly values: ChartValues
  /** Services with the tag that people know an image by; by default there is none before a digest. */
  readonly tags?: Readonly<Record<string, string>>
}

export interface ImagesPlaced {
  /** To be laid over all other values. */
  readonly values: ChartValues
  /** Service → where its image went, for the log. */
  readonly places: Readonly<Record<string, string>>
  readonly failures: readonly Failure[]
}

/**
 * Where the values of somebody else's chart get the images of a run. A place that slipway.yml names goes before one that is found: `image`
 * when there is one image, or the key of the service's name with `image` in it. A place that is nowhere, or that two services share, is a
 * failure that says what to write. Pure.
 */
export function placeImages({ images, places, defaults, values, tags = {} }: ImagesAsked): ImagesPlaced {
  const whole = mergedValues(defaults, values)
  const services = Object.keys(images)
  const failures: Failure[] = []
  const placed: Record<string, string> = {}
  let given: ChartValues = {}
  const taken = new Map<string, string>()
  for (const service of Object.keys(places).filter((name) => services.length > 0 && !services.includes(name))) failures.push(noImage(service, services))
  for (const service of services) {
    const path = Object.hasOwn(places, service) ? places[service] : foundPlace(service, services.length === 1, whole)
    if (path === undefined) {
      failures.push(noPlace(service, whole))
      continue
    }
    const other = taken.get(path)
    const value = imageAt(images[service] ?? '', tags[service] ?? null, valueAt(whole, path))
    if (other !== undefined) failures.push(samePlace(other, service, path))
    else if (value === null) failures.push(noPlaceForOne(service, path, valueAt(whole, path)))
    else if (blocked(whole, path)) failures.push(notThere(service, path))
    else {
      taken.set(path, service)
      placed[service] = path
      given = mergedValues(given, valuesWith(path, value))
    }
  }
  return { values: given, places: placed, failures }
}

/** `image` at the top for the only one; or under the service's name. */
function foundPlace(service: string, only: boolean, values: ChartValues): string | undefined {
  const own = `${service.replaceAll('.', '\\.')}.image`
  if (isImage(valueAt(values, own))) return own
  // Helm has no hyphens in names that templates use: `my-api` is `myApi` there.
  const camel = `${service.replace(/[-_.]+(.)/g, (_, letter: string) => letter.toUpperCase())}.image`
  if (isImage(valueAt(values, camel))) return camel
  return only && isImage(values['image']) ? 'image' : undefined
}

const isImage = (value: ChartValue | undefined): boolean =>
  typeof value === 'string' || (isValues(value) && Object.hasOwn(value, 'repository'))

/** What is put at a place; null: it takes no image. */
function imageAt(reference: string, tag: string | null, there: ChartValue | undefined): ChartValue | null {
  const [name = '', digest = ''] = reference.split('@')
  if (there === undefined || there === null || typeof there === 'string') return tag === null ? reference : `${name}:${tag}@${digest}`
  if (!isValues(there)) return null
  // A registry of its own would come before the one in the name.
  const split = Object.hasOwn(there, 'registry') ? withRegistry(name) : { repository: name }
  if (Object.hasOwn(there, 'digest')) return { ...split, ...(tag === null ? {} : { tag }), digest }
  // Templates write `repository:tag`, and what is after an `@` says which image it is, whatever the tag.
  return { ...split, tag: `${tag ?? digest.slice('sha256:'.length, 'sha256:'.length + 12)}@${digest}` }
}

function withRegistry(name: string): { readonly registry: string; readonly repository: string } {
  const [first = '', ...rest] = name.split('/')
  const named = rest.length > 0 && /[.:]|^localhost$/.test(first)
  const path = named ? rest.join('/') : name
  return { registry: named ? first : 'docker.io', repository: !named && !path.includes('/') ? `library/${path}` : path }
}

/** Does something on the way to a place hold no keys? */
function blocked(values: ChartValues, path: string): boolean {
  const parts = path.split(/(?<!\\)\./)
  return parts.slice(0, -1).some((_, index) => {
    const value = valueAt(values, parts.slice(0, index + 1).join('.'))
    return value !== undefined && value !== null && !isValues(value)
  })
}

/** Paths where the values have images, three levels deep, for whoever has to write one. */
export function imagePlaces(values: ChartValues, prefix = '', depth = 0): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${prefix}${key.replaceAll('.', '\\.')}`
    if (/^image$|Image$/.test(key) && isImage(value)) return [path]
    return isValues(value) && depth < 3 ? imagePlaces(value, `${path}.`, depth + 1) : []
  })
}

function noPlace(service: string, values: ChartValues): Failure {
  const known = imagePlaces(values)
  return new Failure({
    code: 'chart-image-place', what: `Nothing says where in the chart's values the image of ${shown(service, '`')} belongs.`,
    why: known.length === 0 ? 'Its values.yaml has no `image`.' : `Its values have images at ${known.slice(0, 8).map((path) => `\`${path}\``).join(', ')}${known.length > 8 ? ', …' : ''}.`,
    cure: `Say it in slipway.yml: \`cluster: { images: { ${service}: ${known[0] ?? `${service}.image`} } }\`.`,
  })
}

function noPlaceForOne(service: string, path: string, there: ChartValue | undefined): Failure {
  const what = Array.isArray(there) ? 'a list' : `the ${typeof there} ${shown(JSON.stringify(there) ?? '', '')}`
  return new Failure({
    code: 'chart-image-place', what: `The image of ${shown(service, '`')} belongs at \`${path}\`, and there the chart's values have ${what}.`,
    cure: 'Name a key that holds a text, or a mapping with `repository`: `cluster: { images: { … } }` in slipway.yml.',
  })
}

function notThere(service: string, path: string): Failure {
  return new Failure({
    code: 'chart-image-place', what: `The image of ${shown(service, '`')} belongs at \`${path}\`, and on the way there the chart's values have something without keys.`,
    cure: 'Correct the path in slipway.yml: `cluster: { images: { … } }`.',
  })
}

function samePlace(first: string, second: string, path: string): Failure {
  return new Failure({
    code: 'chart-image-place', what: `The images of ${shown(first, '`')} and ${shown(second, '`')} would both go to \`${path}\`.`,
    cure: `Say in slipway.yml where each belongs: \`cluster: { images: { ${first}: …, ${second}: … } }\`.`,
  })
}

function noImage(service: string, services: readonly string[]): Failure {
  const near = nearest(service, services)
  return new Failure({
    code: 'chart-image-missing', what: `slipway.yml says where the image of ${shown(service, '`')} goes, and the input \`images\` has none of that name.`,
    why: `It has ${services.map((name) => shown(name, '`')).join(', ')}.`,
    cure: near === undefined ? `Add \`${service}=NAME@sha256:…\` to \`images\`, or remove ${shown(service, '`')} from \`cluster: { images: … }\`.` : `Did you mean \`${near}\`?`,
  })
}
