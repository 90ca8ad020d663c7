import { realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { resolveNaming, type Naming } from '../config'
import { credentialsFor, environment, findBuilder, PrivateConfig, removeConfig } from '../drivers/docker'
import { credentialKeys, Registry } from '../drivers/registry'
import { Failure, failuresOf } from '../errors'
import { findDockerfile } from '../image/find'
import { inputsDigest, labelsOf } from '../image/labels'
import { makeImage, type Job } from '../image/make'
import type { ImageOutcome } from '../image/outcome'
import type { BuildSecret } from '../image/request'
import type { BuildImageInputs } from '../inputs'
import { commitOf } from '../release'
import { maskCommands, print } from '../report/commands'
import { createImageLog } from '../report/image-log'
import { Redactor } from '../report/redact'
import { cancellation } from './cancellation'
import { closeFailed, tellIfKilled } from './closing'
import { readAsked } from './image/asked'
import { tellImage } from './image/telling'
import { runContext } from './run-context'
import { Source } from './source'

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
  await using source = await Source.open(inputs, context, signal)
  const naming = async (commit: string): Promise<Naming> =>
    await resolveNaming(await source.checkout.files(commit), inputs.config ?? '', inputs.environment ?? '')
  const { commit, committed, version, ref } = await source.named(async (at) => (await naming(at)).tagPrefix)
  await requireCheckedOut(source, commit, version)
  const { app, tagPrefix: prefix } = await naming(commit)
  const top = join(source.checkout.git.top, ...source.checkout.git.prefix.split('/'))
  const files = await source.checkout.files(commit)
  const place = findDockerfile(files, asked.context, asked.file, false)
  const file = place.file ?? ''
  const folder = await insideOf(source.checkout.git.top, join(top, place.context), inputs.context)
  const shape = { ...asked, target: inputs.buildTarget, provenance: inputs.provenance, sbom: inputs.sbom }
  const digest = inputsDigest(shape, { context: place.context, file }, asked.labels)
  const origin = { commit, committed, source: context.repository === '' ? '' : `${context.serverUrl}/${context.repository}`, title: app ?? (context.repository || asked.image.path).split('/').at(-1)?.toLowerCase() ?? '' }

  const { notPushed } = asked
  const login = inputs.registryUsername === null || inputs.registryPassword === null ? null
    : { key: credentialKeys(asked.image.registry)[0] ?? '', username: inputs.registryUsername, password: inputs.registryPassword }
  const core = await import('@actions/core')
  await using config = await PrivateConfig.make(
    process.env['RUNNER_TEMP'] || join(context.workspace, '..'), process.env, login, (made) => core.saveState('docker-config', made),
  )
  const env = environment(process.env, config.env)
  const log = createImageLog((line) => print(line), redactor)
  const registry = notPushed !== '' ? null : new Registry({
    image: asked.image, pushes: !inputs.dryRun, signal, progress: (text) => log.say(`  … ${text}`),
    credentials: await credentialsFor(config.config, credentialKeys(asked.image.registry), env, signal),
  })
  const tags = await source.checkout.git.tags()
  const inRepo = (path: string): string => relative(source.checkout.git.top, join(top, path)).split(sep).join('/')
  const job: Job = {
    image: asked.image, commit, version, ref, prefix, notPushed, registry, signal, env, log, notes: [],
    git: { tags, complete: !await source.checkout.git.isShallow() || tags.length > 1 },
    isNewer: async (older, newer) => await source.isAncestor(older, newer).catch((error: unknown) => {
      // The commit of an image may be gone from history: then nothing says that it is newer.
      if (failuresOf(error).length > 0) return false
      throw error
    }),
    request: {
      ...shape, context: folder, dockerfile: join(top, file), cacheFrom: inputs.cacheFrom, cacheTo: inputs.cacheTo,
      labels: labelsOf(origin, digest, asked.labels), epoch: committed,
    },
    inputs: digest, file: inRepo(file), made: null, ignoreFile: inRepo(join(place.context, '.dockerignore')),
    load: inputs.load, dryRun: inputs.dryRun, findBuilder: async (ended) => await findBuilder(env, ended), clock: () => performance.now(),
  }
  return { outcome: await makeImage(job), app: origin.title }
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
