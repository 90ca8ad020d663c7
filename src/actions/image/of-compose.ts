import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { composeBuilds, type ComposeBuild, type ComposeSecret, type RepositoryFiles } from '../../config'
import { parseImageName, type ImageName } from '../../drivers/registry'
import { collecting, Failure, throwAll, type Position } from '../../errors'
import { parsePlatforms, type BuildSecret, type FoundFile } from '../../image/request'
import type { BuildImageInputs } from '../../inputs'
import { argumentsPublished, type Asked } from './asked'
import type { Wanted, WantedDockerfile, WantedImage } from './wanted'

export interface ComposeAsked {
  /** Compose files, from the app's folder. */
  readonly paths: readonly string[]
  readonly by: string
  /** Of slipway.yml. */
  readonly env: Readonly<Record<string, string>>
  readonly version: string
  /** Absolute. */
  readonly top: string
}

/** The images of the services that are built, each once. Throws all that is wrong with them; no images: none is built. */
export async function composeImages(compose: ComposeAsked, files: RepositoryFiles, asked: Asked, inputs: BuildImageInputs): Promise<Wanted> {
  const { paths, by, env, version, top } = compose
  const { builds, sharing, notes } = await composeBuilds({ files: paths, by, env, version, environment: process.env }, files)
  const failures: Failure[] = []
  const images: (readonly [ComposeBuild, WantedImage])[] = []
  for (const build of builds) {
    const image = collecting(failures, () => imageOf(build, asked, files, top, failures))
    if (image !== null) images.push([build, image])
  }
  if (inputs.provenance === 'max' && images.some(([, { args }]) => args.length > 0)) failures.push(argumentsPublished())
  const merged = once(images, failures)
  throwAll(failures)
  const whole = merged.map((image) => ({
    ...image, services: [...image.services, ...Object.entries(sharing).flatMap(([service, builder]) => image.services.includes(builder) ? [service] : [])],
  }))
  return { images: whole.length > 1 ? whole.map((image) => withScopes(image, inputs)) : whole, notes, ofCompose: true }
}

function imageOf(build: ComposeBuild, asked: Asked, files: RepositoryFiles, top: string, failures: Failure[]): WantedImage {
  const { service, context, at } = build
  const image = collecting(failures, () => nameOf(build, asked))
  const dockerfile = collecting(failures, () => dockerfileOf(build, files))
  const own = build.secrets.map((secret) => collecting(failures, () => secretOf(secret, top)))
  const given = new Set(asked.secrets.map(({ id }) => id))
  const secrets = [...own.filter((secret) => secret !== null).filter(({ id }) => !given.has(id)), ...asked.secrets]
  const platforms = collecting(failures, () => asked.platforms.length > 0 ? asked.platforms : parsePlatforms(build.platforms))
  const args = { ...build.args, ...Object.fromEntries(asked.args.map(({ name, value }) => [name, value])) }
  const ids = new Set(build.ssh.map(({ id }) => id))
  return {
    services: [service], image: image ?? unknownImage, title: image?.path.split('/').at(-1) ?? '', context, at,
    dockerfile: dockerfile ?? { kind: 'inline', text: '' }, target: build.target,
    args: Object.entries(args).map(([name, value]) => ({ name, value })), secrets,
    ssh: [...build.ssh, ...asked.ssh.filter((id) => !ids.has(id)).map((id) => ({ id, path: null, at: undefined }))],
    platforms: platforms ?? [], labels: { ...build.labels, ...asked.labels },
    cacheFrom: asked.cacheFrom.length > 0 ? asked.cacheFrom : build.cacheFrom.map(cacheWord),
    cacheTo: asked.cacheTo.length > 0 ? asked.cacheTo : build.cacheTo.map(cacheWord), contexts: build.contexts,
  }
}

/** Stands in where the name was refused. */
const unknownImage: ImageName = { text: '', registry: '', path: '' }

/** Compose takes the name of an image alone, too. */
const cacheWord = (text: string): string => text.includes('=') ? text : `type=registry,ref=${text}`

function nameOf({ service, image, imageAt, at }: ComposeBuild, asked: Asked): ImageName {
  if (image !== null && image !== '') {
    const failures: Failure[] = []
    const name = collecting(failures, () => parseImageName(image))
    if (name !== null) return name
    const [first] = failures
    throw new Failure({
      code: 'image-name', at: imageAt, what: `The image of \`${service}\` is \`${image}\`, which is no name of an image.`,
      cure: 'Write host and name, such as `image: registry.example.com/ada/shop`, in small letters.', cause: first,
    })
  }
  const part = service.toLowerCase().replace(/[^a-z0-9._-]/g, '-')
  if (asked.image !== null) return parseImageName(`${asked.image.text}-${part}`)
  throw new Failure({
    code: 'image-name-missing', at, what: `\`${service}\` is built, and nothing says what its image is called.`,
    cure: `Write \`image: registry.example.com/ada/shop-${part}\` at the service; or give the step \`image: registry.example.com/ada/shop\`, of which \`shop-${part}\` is made.`,
  })
}

function dockerfileOf({ service, context, contextAt, dockerfile, inline }: ComposeBuild, files: RepositoryFiles): WantedDockerfile {
  if (context !== '.' && !files.exists(context)) {
    throw new Failure({
      code: 'context-missing', at: contextAt, what: `The commit has no folder \`${context}\`, which is the context of \`${service}\`.`,
      cure: 'Check its name: it is relative to the Compose file.',
    })
  }
  if (inline !== null) return { kind: 'inline', text: inline }
  const within = (name: string): string => context === '.' ? name : `${context}/${name}`
  const path = dockerfile ?? ['Dockerfile', 'Containerfile'].map(within).find((one) => files.exists(one)) ?? within('Dockerfile')
  if (files.exists(path)) return { kind: 'file', path }
  throw new Failure({
    code: 'dockerfile-missing', at: contextAt, what: `The commit has no \`${path}\`, of which \`${service}\` is built.`,
    cure: 'Commit it; or name another by `dockerfile`, which is relative to the context.',
  })
}

function secretOf({ id, from, source, at }: ComposeSecret, top: string): BuildSecret {
  if (from === 'env') {
    const value = Object.hasOwn(process.env, source) ? process.env[source] ?? '' : ''
    if (value.trim() !== '') return { id, from, name: source, value }
    throw missingSecret(id, `the variable ${source} is ${Object.hasOwn(process.env, source) ? 'empty' : 'not given'}`,
      `Store it with \`gh secret set ${source}\` and add \`env: { ${source}: \${{ secrets.${source} }} }\` to the step.`, at)
  }
  const file = fileAt(resolve(top, source.replace(/^~(?=\/)/, homedir())))
  if (file !== null && file.bytes > 0) return { id, from, path: file.path }
  throw missingSecret(id, `the file ${source} is ${file === null ? 'not there' : 'empty'}`, 'Let an earlier step write it.', at)
}

function missingSecret(id: string, why: string, cure: string, at: Position | undefined): Failure {
  return new Failure({ code: 'build-secret-missing', at, what: `The secret \`${id}\` of the build is missing: ${why}.`, cure })
}

function fileAt(path: string): FoundFile | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? { path, bytes: found.size } : null
}

/** Services with the same build and image are one image. Throws nothing: what does not go together is a failure. */
function once(images: readonly (readonly [ComposeBuild, WantedImage])[], failures: Failure[]): readonly WantedImage[] {
  const found = new Map<string, WantedImage>()
  for (const [{ imageAt, at, service }, image] of images) {
    const same = found.get(image.image.text)
    if (same === undefined) found.set(image.image.text, image)
    else if (howOf(same) === howOf(image)) found.set(image.image.text, { ...same, services: [...same.services, ...image.services] })
    else if (image.image !== unknownImage) {
      failures.push(new Failure({
        code: 'image-twice', at: imageAt ?? at, what: `\`${service}\` and \`${same.services[0] ?? ''}\` are built differently, and both are the image \`${image.image.text}\`.`,
        why: 'Whichever was pushed last would be what both run.', cure: 'Give each an `image:` of its own; what differs by its tag alone is one image here.',
      }))
    }
  }
  return [...found.values()]
}

const howOf = ({ services: _services, at: _at, ssh, ...how }: WantedImage): string =>
  JSON.stringify([how, ssh.map(({ id, path }) => [id, path])])

/** GitHub's cache has one place by its scope, in which images would replace one another's. Throws a `Failure`: `cache-shared`. */
function withScopes(image: WantedImage, { cacheTo }: BuildImageInputs): WantedImage {
  const shared = cacheTo.find((cache) => !/^type=(gha|inline)\b/.test(cache))
  if (shared !== undefined) {
    throw new Failure({
      code: 'cache-shared', what: `\`cache-to: ${shared}\` would be written by each image over that of the one before.`,
      cure: 'Write it at `build: { cache_to: … }` of each service, with a place of its own; or take `type=gha`, which gets a scope for each.',
    })
  }
  const scoped = (cache: string): string => /^type=gha\b/.test(cache) && !/\bscope=/.test(cache) ? `${cache},scope=${image.services[0] ?? ''}` : cache
  return { ...image, cacheFrom: image.cacheFrom.map(scoped), cacheTo: image.cacheTo.map(scoped) }
}
