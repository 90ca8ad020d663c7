import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { resolveNaming, type Naming } from '../config'
import { credentialsFor, environment, findBuilder, PrivateConfig, removeConfig, type Login } from '../drivers/docker'
import { credentialKeys, Registry } from '../drivers/registry'
import { Failure, failuresOf } from '../errors'
import { findDockerfile, type Place } from '../image/find'
import { inputsDigest, labelsOf } from '../image/labels'
import { makeImage } from '../image/make'
import type { ImageOutcome } from '../image/outcome'
import type { BuildSecret } from '../image/request'
import type { BuildImageInputs } from '../inputs'
import { commitOf } from '../release'
import { maskCommands, print } from '../report/commands'
import { createImageLog } from '../report/image-log'
import { Redactor } from '../report/redact'
import { cancellation } from './cancellation'
import { closeFailed, tellIfKilled } from './closing'
import { readAsked, type Asked } from './image/asked'
import { MadeFile } from './image/made'
import { tellImage } from './image/telling'
import { runContext } from './run-context'
import { Source, type Named } from './source'

interface Made {
  readonly outcome: ImageOutcome
  /** The app's name, under which `images` has the reference. */
  readonly app: string
}

export async function main(inputs: BuildImageInputs): Promise<void> {
  const redactor = new Redactor([inputs.registryPassword, inputs.githubToken].filter((secret) => secret !== null))
  const cancelled = cancellation(() => process.exit(1))
  try {
    const { outcome, app } = await make(inputs, cancelled.signal, redactor)
    await tellImage(outcome, app, redactor)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor)
  } finally {
    cancelled.end()
  }
}

async function make(inputs: BuildImageInputs, signal: AbortSignal, redactor: Redactor): Promise<Made> {
  const context = runContext(process.env)
  const asked = readAsked(inputs, context)
  for (const secret of asked.secrets) hide(secret, redactor)
  const temporary = process.env['RUNNER_TEMP'] || tmpdir()
  await using source = await Source.open(inputs, context, signal)
  const wanted = await located(source, inputs, asked)
  const { commit, version, place, folder, top } = wanted
  await using made = place.file === null ? await MadeFile.write(source, commit, folder, temporary) : null
  const core = await import('@actions/core')
  await using config = await PrivateConfig.make(temporary, process.env, loginOf(inputs, asked), (at) => core.saveState('docker-config', at))
  const env = environment(process.env, config.env)
  const log = createImageLog((line) => print(line), redactor)
  const { git } = source.checkout
  const tags = await git.tags()
  const inRepository = (path: string): string => relative(git.top, join(top, path)).split(sep).join('/')
  const shape = { ...asked, target: inputs.buildTarget, provenance: inputs.provenance, sbom: inputs.sbom }
  const digest = inputsDigest(shape, {
    context: inRepository(place.context), file: place.file === null ? made?.made.dockerfile ?? '' : inRepository(place.file),
  }, asked.labels)
  const title = (wanted.app ?? (context.repository || asked.image.path).split('/').at(-1) ?? '').toLowerCase()
  const url = context.repository === '' ? '' : `${context.serverUrl}/${context.repository}`
  const outcome = await makeImage({
    image: asked.image, commit, version, ref: wanted.ref, prefix: wanted.prefix, notPushed: asked.notPushed, signal, env, log,
    git: { tags, complete: !await git.isShallow() || tags.length > 1 },
    isNewer: async (older, newer) => await isNewer(source, older, newer),
    registry: asked.notPushed !== '' ? null : new Registry({
      image: asked.image, pushes: !inputs.dryRun, signal, progress: (text) => log.say(`  … ${text}`),
      credentials: await credentialsFor(config.config, credentialKeys(asked.image.registry), env, signal),
    }),
    request: {
      ...shape, context: folder, dockerfile: made?.path ?? join(top, place.file ?? ''), cacheFrom: inputs.cacheFrom, cacheTo: inputs.cacheTo,
      labels: labelsOf({ commit, committed: wanted.committed, source: url, title }, digest, asked.labels), epoch: wanted.committed,
    },
    inputs: digest, file: place.file === null ? null : inRepository(place.file), ignoreFile: inRepository(join(place.context, '.dockerignore')),
    made: made?.made.dockerfile ?? null, notes: made?.made.notes ?? [], load: inputs.load, dryRun: inputs.dryRun,
    findBuilder: async (ended) => await findBuilder(env, ended), clock: () => performance.now(),
  })
  return { outcome, app: title }
}

interface Wanted extends Named {
  /** As slipway.yml says; null: it does not. */
  readonly app: string | null
  readonly prefix: string
  /** Absolute: the app's folder, and that of the context. */
  readonly top: string
  readonly folder: string
  readonly place: Place
}

/** The commit, what it is called, and where in it the build is. */
async function located(source: Source, inputs: BuildImageInputs, asked: Asked): Promise<Wanted> {
  const naming = async (commit: string): Promise<Naming> =>
    await resolveNaming(await source.checkout.files(commit), inputs.config ?? '', inputs.environment ?? '')
  const named = await source.named(async (commit) => (await naming(commit)).tagPrefix)
  await requireCheckedOut(source, named.commit, named.version)
  const { app, tagPrefix: prefix } = await naming(named.commit)
  const { git } = source.checkout
  const top = join(git.top, ...git.prefix.split('/'))
  const place = findDockerfile(await source.checkout.files(named.commit), asked.context, asked.file)
  return { ...named, app, prefix, top, place, folder: await insideOf(git.top, join(top, place.context), inputs.context) }
}

function loginOf({ registryUsername: username, registryPassword: password }: BuildImageInputs, { image }: Asked): Login | null {
  return username === null || password === null ? null : { key: credentialKeys(image.registry)[0] ?? '', username, password }
}

/** The commit of an image may be gone from history: then nothing says that it is newer. */
async function isNewer(source: Source, older: string, newer: string): Promise<boolean> {
  try {
    return await source.isAncestor(older, newer)
  } catch (error) {
    if (failuresOf(error).length > 0) return false
    throw error
  }
}

function hide(secret: BuildSecret, redactor: Redactor): void {
  if (secret.from !== 'env') return
  print(...maskCommands(secret.value))
  redactor.add(secret.value)
}

/** A link may lead out as well. */
async function insideOf(top: string, folder: string, input: string): Promise<string> {
  const [real, realTop] = [await realpath(folder).catch(() => folder), await realpath(top)]
  if (real === realTop || real.startsWith(realTop + sep)) return real
  throw new Failure({
    code: 'context-outside', what: `The input \`context\` is \`${input}\`, a link that leads out of the repository.`,
    cure: 'Write a folder of the repository.',
  })
}

/** The context is what is checked out: that has to be the commit whose name the image gets. */
async function requireCheckedOut(source: Source, commit: string, version: string): Promise<void> {
  const head = await commitOf(source.checkout.git, 'HEAD', null)
  if (head.commit === commit) return
  throw new Failure({
    code: 'not-checked-out', what: `${version} is commit ${commit.slice(0, 12)}, and ${head.commit.slice(0, 12)} is checked out.`,
    why: 'An image is built of the files that are checked out.',
    cure: `Give actions/checkout \`ref: ${version}\`, or leave its \`ref:\` out.`,
  })
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  const core = await import('@actions/core')
  const folder = core.getState('docker-config')
  if (folder !== '') await removeConfig(folder)
  await tellIfKilled('What was built so far is in the builder\'s cache, and no tag was moved by half. Run it again.')
}
