import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveNaming, type Naming } from '../../config'
import { environment, findBuilder, PrivateConfig, type Login } from '../../drivers/docker'
import { credentialKeys, parseImageName } from '../../drivers/registry'
import { Failure, failuresOf } from '../../errors'
import { makeImages, type Job } from '../../image/make'
import type { ServiceImage } from '../../image/outcome'
import type { BuildSecret } from '../../image/request'
import type { BuildImageInputs } from '../../inputs'
import { commitOf } from '../../release'
import { maskCommands, print } from '../../report/commands'
import { createImageLog } from '../../report/image-log'
import type { Redactor } from '../../report/redact'
import { alone, Turns } from '../../report/turns'
import { runContext } from '../run-context'
import { Source } from '../source'
import { readAsked, type Asked } from './asked'
import { changedIn, jobOf } from './jobs'
import { OwnDockerfiles, refuseTaken, writeOut } from './made'
import type { Wanted } from './wanted'
import { whatIsBuilt } from './what'

/** What a run has built, or would build. */
export interface Built {
  readonly images: readonly ServiceImage[]
  /** What is told, of no image alone. */
  readonly notes: readonly string[]
}

/** How an action builds. */
export interface Building {
  readonly inputs: BuildImageInputs
  readonly signal: AbortSignal
  readonly redactor: Redactor
  /** Do Compose files that build something go before a Dockerfile at the top, though the input `image` is given? */
  readonly composeFirst?: boolean
  /** The only registry that `registry-username` is for; null: that of the images. */
  readonly registry?: string | null
  /** Called before anything is built, with what is; throws what speaks against it. */
  readonly check?: (wanted: Wanted, asked: Asked) => Promise<void>
}

/** Builds side by side: one client of docker each; the builder has the steps of all of them to choose from. */
const atOnce = Math.min(4, Math.max(2, cpus().length))

/** Builds and pushes what the commit says, or tells what would be. Throws every `Failure` of what is asked; what fails later is in the outcomes. */
export async function buildImages({ inputs, signal, redactor, composeFirst = false, registry = null, check }: Building): Promise<Built> {
  const context = runContext(process.env)
  const asked = readAsked(inputs, context)
  for (const secret of asked.secrets) hide(secret, redactor)
  const temporary = process.env['RUNNER_TEMP'] || tmpdir()
  // A Dockerfile can be made for what would run on a VM, wherever it is deployed.
  await using source = await Source.open({ ...inputs, target: 'vm' }, context, signal)
  const { git } = source.checkout
  const naming = async (commit: string): Promise<Naming> =>
    await resolveNaming(await source.checkout.files(commit), inputs.config ?? '', inputs.environment ?? '')
  const named = await source.named(async (commit) => (await naming(commit)).tagPrefix)
  await requireCheckedOut(source, named.commit, named.version)
  const said = await naming(named.commit)
  const top = join(git.top, ...git.prefix.split('/'))
  const files = await source.checkout.files(named.commit)
  const wanted = await whatIsBuilt({ source, named, naming: said, files, top, repository: context.repository, composeFirst }, asked, inputs)
  await check?.(wanted, asked)
  const [first] = wanted.images
  if (asked.writeTo !== null && first?.dockerfile.kind === 'made') await refuseTaken(first.dockerfile.made, top, asked.writeTo)
  for (const { secrets } of wanted.images) for (const secret of secrets) hide(secret, redactor)
  await using dockerfiles = new OwnDockerfiles(temporary)
  const core = await import('@actions/core')
  await using config = await PrivateConfig.make(temporary, process.env, loginOf(inputs, asked, wanted, registry), (at) => core.saveState('docker-config', at))
  const env = environment(process.env, config.env)
  const turns = new Turns((line) => print(line))
  const log = createImageLog(alone((line) => print(line)), redactor)
  const several = wanted.images.length > 1
  for (const note of wanted.notes) log.say(note)
  const tags = await git.tags()
  const url = context.repository === '' ? '' : `${context.serverUrl}/${context.repository}`
  const jobs: Job[] = []
  for (const image of wanted.images) {
    jobs.push(await jobOf(image, several ? image.services[0] ?? '' : '', {
      git, named, top, inputs, url, config, env, dockerfiles, pushes: asked.notPushed === '', signal,
      logOf: (name) => createImageLog(several ? turns.turn() : alone((line) => print(line)), redactor, name),
    }))
  }
  const outcomes = await makeImages({
    commit: named.commit, version: named.version, ref: named.ref, prefix: said.tagPrefix, notPushed: asked.notPushed, signal, env, atOnce,
    git: { tags, complete: !await git.isShallow() || tags.length > 1 },
    isNewer: async (older, newer) => await isNewer(source, older, newer),
    changed: async (folders) => await changedIn(git, named.commit, folders),
    load: inputs.load, dryRun: inputs.dryRun, findBuilder: async (ended) => await findBuilder(env, ended), clock: () => performance.now(),
  }, jobs, log)
  const written = await writeMade(wanted, asked, inputs, top)
  for (const note of written) log.say(note)
  return {
    images: wanted.images.flatMap(({ services }, index) => {
      const outcome = outcomes[index]
      return outcome === undefined ? [] : [{ services, outcome }]
    }),
    notes: [...wanted.notes, ...written],
  }
}

/** After the build, which would have copied it. */
async function writeMade({ images }: Wanted, { writeTo }: Asked, { dryRun }: BuildImageInputs, top: string): Promise<readonly string[]> {
  if (writeTo === null) return []
  const [image] = images
  if (image?.dockerfile.kind !== 'made') return ['Nothing was written by `write-dockerfile`: the commit says itself how it is built.']
  if (dryRun) return [`The Dockerfile that was made would be written to \`${writeTo}\`.`]
  const files = await writeOut(image.dockerfile.made, top, writeTo, image.context)
  return [`The Dockerfile that was made is in the work tree now: ${files.map((file) => `\`${file}\``).join(' and ')}. Commit it to change it.`]
}

/** At the registry of the input `image`, or the one where all images are; null: nobody's, or it is for another. Throws a `Failure`: `registry-login`. */
function loginOf({ registryUsername: username, registryPassword: password }: BuildImageInputs, { image }: Asked, { images }: Wanted, only: string | null): Login | null {
  if (username === null || password === null) return null
  const registries = image !== null ? [image.registry] : [...new Set(images.map((one) => one.image.registry))]
  if (only !== null) {
    const named = parseImageName(`${only.trim().replace(/^[a-z]+:\/\/|\/+$/gi, '')}/image`, 'registry').registry
    return registries.includes(named) ? { key: credentialKeys(named)[0] ?? '', username, password } : null
  }
  const [registry = '', other] = registries
  if (other === undefined) return { key: credentialKeys(registry)[0] ?? '', username, password }
  throw new Failure({
    code: 'registry-login', what: `\`registry-username\` is for one registry, and the images are in ${registries.map((one) => `\`${one}\``).join(', ')}.`,
    cure: 'Log in to each by a step before, and leave `registry-username` and `registry-password` out.',
  })
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
