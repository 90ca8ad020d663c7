import { Failure, failuresOf } from '../errors'
import type { Builder } from '../drivers/docker'
import type { ImageName, Registry } from '../drivers/registry'
import { build, loadPushed } from './build'
import { capabilitiesOf } from './capabilities'
import { standingOf, type Standing } from './manifest'
import type { ImageOutcome, TagResult } from './outcome'
import { BuildProgress } from './progress'
import { publish } from './publish'
import type { BuildRequest } from './request'
import { decideTags, type GitTags, type RegistryTags, type TagDecision } from './tags'
import { commitTag, nameOfRef } from './names'
import { compareVersions, parseVersion } from './version'

/** One image of one commit. */
export interface Job {
  readonly image: ImageName
  readonly commit: string
  readonly version: string
  readonly ref: string
  readonly prefix: string
  readonly git: GitTags
  /** Does the second come after the first, as far as the checkout knows? */
  readonly isNewer: (older: string, newer: string) => Promise<boolean>
  readonly request: BuildRequest
  /** The label by which an image of the same commit is known to be built the same way. */
  readonly inputs: string
  /** Path of the Dockerfile in the repository; null: it is one of ours, `made`. */
  readonly file: string | null
  readonly made: string | null
  readonly ignoreFile: string
  /** Null: nothing is pushed. */
  readonly registry: Registry | null
  /** Why nothing is pushed; empty: it is. */
  readonly notPushed: string
  readonly load: boolean
  readonly dryRun: boolean
  readonly env: Readonly<Record<string, string>>
  /** The signal ends a search whose answer nobody needs any more. */
  readonly findBuilder: (signal: AbortSignal) => Promise<Builder>
  readonly signal: AbortSignal
  readonly clock: () => number
  readonly log: MakeLog
  readonly notes: readonly string[]
}

export interface MakeLog {
  /** A line of its own. */
  say(text: string): void
  warn(text: string): void
  /** What docker prints between these is somebody else's. */
  beginBuild(builder: string): void
  buildLine(line: string): void
  endBuild(): void
}

/** Milliseconds before each further attempt to push layers. */
const pushWaits = [1_000, 3_000, 6_000, 10_000]

/** Builds, pushes, moves tags; or finds that it is done already. Rejects only for bugs: what failed is in the outcome. */
export async function makeImage(job: Job): Promise<ImageOutcome> {
  return await new Making(job).run()
}

class Making {
  readonly #job: Job
  readonly #began: number
  readonly #progress = new BuildProgress()
  readonly #notes: string[]
  #tags: readonly TagResult[] = []
  #digest = ''
  #standing: Standing | null = null
  #previous: ImageOutcome['previous'] = null
  #builder = ''
  #missing: readonly string[] = []
  #buildTook = 0
  #tagsTook = 0
  #built = false

  constructor(job: Job) {
    this.#job = job
    this.#began = job.clock()
    this.#notes = [...job.notes]
  }

  async run(): Promise<ImageOutcome> {
    try {
      return await this.#make()
    } catch (error) {
      if (this.#job.signal.aborted) return this.#outcome('cancelled', [cancelled()])
      const failures = failuresOf(error)
      if (failures.length === 0) throw error
      return this.#outcome('failed', failures)
    }
  }

  async #make(): Promise<ImageOutcome> {
    // Both take a while; a builder that is not needed then is no loss.
    const needless = new AbortController()
    const finding = this.#job.findBuilder(AbortSignal.any([needless.signal, this.#job.signal]))
    finding.catch(() => {})
    try {
      return await this.#decided(finding)
    } finally {
      needless.abort()
    }
  }

  async #decided(finding: Promise<Builder>): Promise<ImageOutcome> {
    const { registry, dryRun, log, notPushed } = this.#job
    const standing = registry === null ? null : await standingOf(registry, commitTag(this.#job.commit))
    const known = registry === null ? null : await this.#known(registry)
    const decisions = this.#decide(known)
    this.#tags = decisions.map(({ name, kind, moves, why }) =>
      ({ name, kind, state: moves ? 'planned' : 'kept', why, from: known?.held[name]?.digest ?? null }))
    const unchanged = this.#isUnchanged(standing)
    if (standing !== null && !unchanged) this.#note('This commit is in the registry already, built with other inputs: it is built anew, and its tag moves.')
    if (dryRun) return this.#outcome('planned', [], this.#plan(unchanged, (await finding).name))
    if (unchanged && standing !== null) {
      log.say(`unchanged: ${commitTag(this.#job.commit)} is ${standing.manifest.digest} already; nothing is built`)
      this.#digest = standing.manifest.digest
      this.#standing = standing
      const { load, image, commit, env, signal } = this.#job
      const onLine = (line: string): void => log.say(`  ${line}`)
      if (load) await loadPushed({ pushTo: image.text, commitTag: commitTag(commit), env, signal, onLine }, this.#digest)
    } else await this.#build(await finding)
    if (registry === null || this.#digest === '') {
      log.say(`built, and not pushed: ${notPushed}`)
      return this.#outcome('built', [])
    }
    return await this.#publish(registry, decisions)
  }

  async #build(builder: Builder): Promise<void> {
    const { request, registry, image, commit, load, file, ignoreFile, env, signal, log, clock } = this.#job
    this.#builder = describe(builder)
    this.#missing = capabilitiesOf(builder).missing
    for (const sentence of this.#missing) log.warn(sentence)
    const began = clock()
    log.beginBuild(this.#builder)
    try {
      this.#digest = await build({
        request, builder, pushTo: registry === null ? null : image.text, commitTag: commitTag(commit), load, file, ignoreFile, env, signal,
        progress: this.#progress, onLine: (line) => log.buildLine(line), note: (text) => log.buildLine(`… ${text}`), waits: pushWaits,
      })
    } finally {
      log.endBuild()
      this.#buildTook = clock() - began
    }
    this.#built = true
    if (this.#digest !== '') log.say(`pushed ${image.text}@${this.#digest}; no tag has moved yet`)
  }

  async #publish(registry: Registry, decisions: readonly TagDecision[]): Promise<ImageOutcome> {
    const { log, clock } = this.#job
    const began = clock()
    this.#standing ??= await standingOf(registry, this.#digest)
    if (this.#standing === null) throw vanished(this.#job.image, this.#digest)
    const { manifest } = this.#standing
    this.#previous = await this.#before(registry)
    // Nobody else may have taken the version while this was built.
    const { tags, failures } = await publish({
      registry, manifest, decisions, again: async () => this.#decide(await this.#known(registry)),
      told: ({ name, state, why }) => log.say(`  ${tagWords[state].padEnd(9)} ${name}: ${why}`),
    })
    this.#tags = tags
    this.#tagsTook = clock() - began
    if (failures.length > 0) return this.#outcome('failed', failures)
    const changed = this.#built || tags.some(({ state }) => state === 'made' || state === 'moved')
    return this.#outcome(changed ? 'pushed' : 'unchanged', [])
  }

  #decide(known: RegistryTags | null): readonly TagDecision[] {
    const { ref, commit, prefix, git } = this.#job
    return decideTags({ ref, commit, prefix, git, registry: known })
  }

  async #known(registry: Registry): Promise<RegistryTags> {
    const { ref, prefix, commit, isNewer } = this.#job
    const name = nameOfRef(ref, prefix)
    const own = name.kind === 'none' ? null : name.tag
    const [tags, standing] = await Promise.all([registry.tags(), own === null ? null : standingOf(registry, own)])
    const revision = standing?.revision ?? null
    return {
      tags,
      held: own === null || standing === null ? {} : { [own]: { digest: standing.manifest.digest, revision } },
      newer: revision !== null && revision !== commit && await isNewer(commit, revision) ? [revision] : [],
    }
  }

  #isUnchanged(standing: Standing | null): boolean {
    const { commit, inputs, request } = this.#job
    if (standing === null || standing.revision !== commit || standing.inputs !== inputs) return false
    return request.platforms.every((platform) => platform in standing.digests)
  }

  /** What people had until now: the next lower version, or what the branch stood for. */
  async #before(registry: Registry): Promise<ImageOutcome['previous']> {
    const name = nameOfRef(this.#job.ref, this.#job.prefix)
    if (name.kind === 'none') return null
    const version = name.kind === 'version' ? parseVersion(name.tag) : null
    const lower = version === null ? [] : (await registry.tags()).map(parseVersion)
      .filter((other) => other !== null && compareVersions(other, version) < 0).filter((other) => other !== null).toSorted(compareVersions)
    const tag = version === null ? name.tag : lower.at(-1)?.name
    const standing = tag === undefined ? null : await standingOf(registry, tag)
    return tag === undefined || standing === null || standing.manifest.digest === this.#digest ? null : { tag, layers: standing.layers }
  }

  #plan(unchanged: boolean, builder: string): readonly string[] {
    const { image, request, file, notPushed, commit } = this.#job
    const platforms = request.platforms.length === 0 ? '' : ` for ${request.platforms.join(', ')}`
    return [
      unchanged ? `${commitTag(commit)} is in the registry already: nothing would be built`
        : `${file ?? 'a Dockerfile made for it'} would be built by ${builder}${platforms}`,
      notPushed === '' ? `pushed to ${image.text} by its digest, then:` : `not pushed: ${notPushed}`,
      ...notPushed !== '' ? [] : this.#tags.map(({ name, state, why }) => state === 'kept' ? `${name} would stay: ${why}` : `${name} would move: ${why}`),
    ]
  }

  #note(text: string): void {
    this.#notes.push(text)
    this.#job.log.say(text)
  }

  #outcome(status: ImageOutcome['status'], failures: readonly Failure[], plan: readonly string[] = []): ImageOutcome {
    const { image, commit, version, made, clock } = this.#job
    const { steps } = this.#progress
    return {
      status, image: image.text, commit, version, digest: this.#digest, digests: this.#standing?.digests ?? {}, tags: this.#tags,
      layers: this.#standing?.layers ?? [], previous: this.#previous, stages: this.#progress.stages(),
      steps: { all: steps.length, cached: steps.filter(({ cached }) => cached).length },
      builder: this.#builder, missing: this.#missing, notes: this.#notes, made, plan, failures,
      took: { all: clock() - this.#began, build: this.#buildTook, tags: this.#tagsTook },
    }
  }
}

export const tagWords: Readonly<Record<TagResult['state'], string>> = {
  made: 'new', moved: 'moved', there: 'there', kept: 'stays', unreached: 'not yet', undone: 'put back', planned: 'would move',
}

function describe({ tool, name, driver, version }: Builder): string {
  if (tool === 'engine') return `Docker Engine ${version}`
  return `${name} (${driver}${version === '' ? '' : `, BuildKit ${version}`})`
}

function cancelled(): Failure {
  return new Failure({
    code: 'cancelled', what: 'The job was cancelled.', why: 'What was built so far is in the builder\'s cache; a tag is moved whole or not at all.',
    cure: 'Run it again.',
  })
}

function vanished({ text, registry }: ImageName, digest: string): Failure {
  return new Failure({
    code: 'image-vanished', what: `${text}@${digest} was pushed, and ${registry} does not find it.`, why: 'No tag was moved.',
    cure: 'Run the job again; if it goes on, look for what deletes images without tags there.',
  })
}
