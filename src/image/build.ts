import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../errors'
import { runDocker, type Builder, type Finished } from '../drivers/docker'
import { buildFailure, pushFailureOf } from './build-failures'
import { capabilitiesOf } from './capabilities'
import type { BuildProgress } from './progress'
import type { BuildRequest } from './request'
import { raiseTimes } from './times'
import { buildxWords, engineWords, valuesOf, type Output } from './words'

export interface Build {
  readonly request: BuildRequest
  readonly builder: Builder
  /** The image's name. */
  readonly image: string
  readonly pushes: boolean
  /** For an Engine that pushes tags alone: `sha-…`. */
  readonly commitTag: string
  /** Into the Engine, too. */
  readonly load: boolean
  /** Path of the Dockerfile in the repository; null: it is one of ours. */
  readonly file: string | null
  /** The .dockerignore's path in the repository. */
  readonly ignoreFile: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
  readonly progress: BuildProgress
  /** Hears each line that docker prints. */
  readonly onLine: (line: string) => void
  /** Hears that a push is tried again, and why. */
  readonly note: (text: string) => void
  /** Milliseconds before each further attempt to push. */
  readonly waits: readonly number[]
}

/** Builds, and pushes without moving a tag. The digest; empty when nothing was pushed. Throws a `Failure`. */
export async function build(options: Build): Promise<string> {
  if (!capabilitiesOf(options.builder).pushes) return await byEngine(options)
  const { image, pushes, load, builder, request } = options
  if (capabilitiesOf(builder).rewrites) await raiseAll(request)
  const digest = !pushes ? '' : await byDigest(options, { kind: 'digest', image, rewrites: capabilitiesOf(builder).rewrites })
  // What was built is in the builder's cache, so this only exports.
  if (load) await good(options, await run(options, { kind: 'engine', tag: localTag(options) }))
  else if (!pushes) await good(options, await run(options, { kind: 'nowhere' }))
  return digest
}

/** Into the Engine what is in the registry already, under the name that a build would have given it. */
export async function loadPushed(
  { image, commitTag, env, signal, onLine }: Pick<Build, 'image' | 'commitTag' | 'env' | 'signal' | 'onLine'>, digest: string,
): Promise<void> {
  const reference = `${image}@${digest}`
  for (const words of [['pull', '--quiet', reference], ['tag', reference, `${image}:${commitTag}`]]) {
    const { code, stderr } = await runDocker(words, { env, signal, onLine })
    if (code === 0) continue
    throw new Failure({
      code: 'load-failed', what: `${reference} is in the registry, and could not be put into the Docker Engine.`,
      why: stderr.trim().split('\n').at(-1), cure: 'Check that an Engine runs here, and reaches the registry: docker version',
      evidence: [{ source: `docker ${words.join(' ')}`, text: stderr }],
    })
  }
}

/** BuildKit builds and pushes in one go. A push that breaks off is begun again: what was built, and what arrived, is not done twice. */
async function byDigest(options: Build, output: Output): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-build-'))
  const metadata = join(folder, 'metadata.json')
  try {
    const { note, waits, signal } = options
    for (const wait of [...waits, null]) {
      const finished = await run(options, output, metadata)
      if (finished.code === 0) return digestIn(await readFile(metadata, 'utf8'))
      const push = pushFailureOf(finished.stderr)
      if (push === null) await good(options, finished)
      else if (!push.passing || wait === null) throw pushFailure(options, push.why, finished.stderr)
      else await waitAgain(push.why, wait, note, signal)
    }
    throw new Error('the attempts to push ended without a result')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The Engine builds under a tag, and pushes that: the commit's, which stands for nothing else. */
async function byEngine(options: Build): Promise<string> {
  const { pushes, load, note, waits, signal, env, onLine, builder, request, progress } = options
  const tag = localTag(options)
  if (builder.tool === 'buildx') await good(options, await run(options, { kind: 'engine', tag }))
  else {
    await good(options, await runDocker(engineWords(request, tag), {
      env: { ...env, ...valuesOf(request), DOCKER_BUILDKIT: '0' }, signal, onLine: (line) => { progress.line(line); onLine(line) },
    }))
  }
  try {
    if (!pushes) return ''
    for (const wait of [...waits, null]) {
      const finished = await runDocker(['push', tag], { env, signal, onLine })
      const [, digest = ''] = /digest: (sha256:[0-9a-f]{64}) size:/.exec(finished.stdout) ?? []
      if (finished.code === 0 && digest !== '') return digest
      const said = finished.stderr.trim().split('\n').at(-1) ?? ''
      const refused = /denied|unauthorized|authentication required|no basic auth/i.test(said)
      if (wait === null || refused) throw pushFailure(options, said, finished.stderr)
      await waitAgain(said, wait, note, signal)
    }
    throw new Error('the attempts to push ended without a result')
  } finally {
    if (!load) await runDocker(['image', 'rm', tag], { env })
  }
}

async function run(options: Build, output: Output, metadata?: string): Promise<Finished> {
  const { request, builder, env, signal, progress, onLine } = options
  const folder = metadata === undefined ? await mkdtemp(join(tmpdir(), 'slipway-build-')) : null
  try {
    return await runDocker(buildxWords(request, output, metadata ?? join(folder ?? '', 'metadata.json')), {
      env: { ...env, ...valuesOf(request), ...(builder.name === '' ? {} : { BUILDX_BUILDER: builder.name }) }, signal,
      onLine: (line) => { progress.line(line); onLine(line) },
    })
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true })
  }
}

function localTag({ image, commitTag }: Build): string {
  return `${image}:${commitTag}`
}

/** Of all folders that are copied from. */
async function raiseAll({ context, contexts, epoch }: BuildRequest): Promise<void> {
  const folders = [context, ...Object.values(contexts).filter((place) => isAbsolute(place))]
  for (const folder of new Set(folders)) await raiseTimes(folder, epoch)
}

async function waitAgain(why: string, wait: number, note: (text: string) => void, signal: AbortSignal | undefined): Promise<void> {
  note(`the push broke off (${why}); trying again in ${(wait / 1000).toFixed(1)} s, without building`)
  await sleep(wait, undefined, { signal })
}

function digestIn(metadata: string): string {
  const { 'containerimage.digest': digest } = JSON.parse(metadata) as { readonly 'containerimage.digest'?: string }
  if (digest !== undefined) return digest
  throw new Failure({
    code: 'digest-unknown', what: 'Buildx did not say which digest it pushed.', why: 'It is too old, or its builder does not tell.',
    cure: 'Run docker/setup-buildx-action before this step, which brings a newer one.',
  })
}

/** Throws what kept a build from its end. */
async function good({ request, file, ignoreFile, builder }: Build, { code, stdout, stderr }: Finished): Promise<void> {
  if (code === 0) return
  const text = async (path: string): Promise<string | null> => await readFile(path, 'utf8').catch(() => null)
  // One that is named after the Dockerfile goes before the context's.
  const named = await text(`${request.dockerfile}.dockerignore`)
  const ignore = named ?? await text(join(request.context, '.dockerignore'))
  throw buildFailure({
    output: `${stdout}${stderr}`, file, dockerfile: await text(request.dockerfile) ?? '', builder: builder.name,
    ignore: ignore === null ? null : { file: named === null || file === null ? ignoreFile : `${file}.dockerignore`, text: ignore },
    exists: (path) => existsSync(join(request.context, path)),
  })
}

function pushFailure({ image }: Build, why: string, output: string): Failure {
  const refused = /401|unauthorized|authentication required|no basic auth|insufficient_scope/i.test(why)
  const forbidden = !refused && /403|denied|forbidden/i.test(why)
  const full = /507|no space|quota/i.test(why)
  return new Failure({
    code: refused ? 'registry-unauthorized' : forbidden ? 'registry-forbidden' : full ? 'registry-full' : 'push-failed',
    what: `The image was built, and could not be pushed to ${image}. No tag was moved.`, why,
    cure: refused || forbidden
      ? 'Check `registry-username` and `registry-password`, or the login step before this one, and that its user may push there.'
      : full ? 'Remove old images there, or raise its quota, and run the job again.'
        : 'Run the job again; if it goes on, look at what the registry says of it.',
    evidence: [{ source: 'push', text: output }],
  })
}
