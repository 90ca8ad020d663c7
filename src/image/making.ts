import { readFile } from 'node:fs/promises'
import { failuresOf, type Failure } from '../errors'
import type { Builder } from '../drivers/docker'
import type { ImageName, Registry } from '../drivers/registry'
import { build, loadPushed } from './build'
import { capabilitiesOf, described, refuseImpossible } from './capabilities'
import * as refuse from './make-failures'
import { standingOf, type Standing } from './manifest'
import { commitTag, nameOfRef } from './names'
import type { ImageOutcome, TagResult } from './outcome'
import { BuildProgress } from './progress'
import type { Publication } from './publish'
import type { BuildRequest } from './request'
import { decideTags, type GitTags, type RegistryTags, type TagDecision } from './tags'
import { compareVersions, parseVersion } from './version'

/** What all images of a run have in common. */
export interface Run {
  readonly commit: string
  readonly version: string
  readonly ref: string
  readonly prefix: string
  readonly git: GitTags
  /** Does the second come after the first, as far as the checkout knows? */
  readonly isNewer: (older: string, newer: string) => Promise<boolean>
  /** Files of the commit that are otherwise in the work tree: paths in the repository below these absolute folders. */
  readonly changed: (folders: readonly string[]) => Promise<readonly string[]>
  /** Why nothing is pushed; empty: it is. */
  readonly notPushed: string
  readonly load: boolean
  readonly dryRun: boolean
  readonly env: Readonly<Record<string, string>>
  /** The signal ends a search whose answer nobody needs any more. */
  readonly findBuilder: (signal: AbortSignal) => Promise<Builder>
  readonly signal: AbortSignal
  readonly clock: () => number
  /** Builds side by side, at most. */
  readonly atOnce: number
}

/** One image of one commit. */
export interface Job {
  /** By which it is told apart from others in log and summary: the name of its service. */
  readonly name: string
  readonly image: ImageName
  readonly request: BuildRequest
  /** The label by which an image of the same commit is known to be built the same way. */
  readonly inputs: string
  /** Path of the Dockerfile in the repository; null: it is one of ours, `made`, or stands in the Compose file. */
  readonly file: string | null
  readonly made: string | null
  readonly ignoreFile: string
  /** Null: nothing is pushed. */
  readonly registry: Registry | null
  readonly log: MakeLog
  readonly notes: readonly string[]
}

export interface MakeLog {
  /** A line of its own. */
  say(text: string): void
  warn(text: string, title?: string): void
  /** What docker prints between these is somebody else's. */
  beginBuild(builder: string): void
  buildLine(line: string): void
  endBuild(): void
}

/** Milliseconds before each further attempt to push layers. */
const pushWaits = [1_000, 3_000, 6_000, 10_000]

/** One image on its way, step by step; what fails is kept, and what comes after it is not done. */
export class Making {
  readonly job: Job
  readonly #run: Run
  readonly #began: number
  readonly #progress = new BuildProgress()
  readonly #notes: string[]
  #failures: readonly Failure[] = []
  #cancelled = false
  #decisions: readonly TagDecision[] = []
  #tags: readonly TagResult[] = []
  #digest = ''
  #standing: Standing | null = null
  #previous: ImageOutcome['previous'] = null
  #builder = ''
  #missing: readonly string[] = []
  #unchanged = false
  #built = false
  #buildTook = 0
  #tagsTook = 0

  constructor(run: Run, job: Job) {
    this.#run = run
    this.job = job
    this.#began = run.clock()
    this.#notes = [...job.notes]
  }

  get failed(): boolean {
    return this.#cancelled || this.#failures.length > 0
  }

  /** Was it found in the registry, as it is wanted? */
  get unchanged(): boolean {
    return this.#unchanged
  }

  /** Rejects only for bugs. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.#run.signal.aborted) this.#cancelled = true
      else {
        const failures = failuresOf(error)
        if (failures.length === 0) throw error
        this.#failures = failures
      }
    }
  }

  /** What the registry has, and which tags are to move. */
  async look(): Promise<void> {
    const { registry } = this.job
    const tag = commitTag(this.#run.commit)
    const standing = registry === null ? null : await standingOf(registry, tag)
    const { known, own } = registry === null ? { known: null, own: null } : await this.#known(registry)
    this.#decisions = this.#decide(known)
    this.#tags = this.#decisions.map(({ name, kind, moves, why }) =>
      ({ name, kind, state: moves ? 'planned' : 'kept', why, from: known?.held[name]?.digest ?? null }))
    // Built for a branch as well, with its version as an argument, the commit's tag is of the one or the other.
    const found = [standing, own].find((one) => this.#isUnchanged(one)) ?? null
    this.#unchanged = found !== null
    if (found !== null) {
      this.#digest = found.manifest.digest
      this.#standing = found
    } else if (standing !== null) this.#note('This commit is in the registry already, built with other inputs: it is built anew, and its tag moves.')
  }

  /** Found unchanged: nothing is to be built. */
  async keep(): Promise<void> {
    const { image, log } = this.job
    const { load, commit, env, signal } = this.#run
    log.say(`unchanged: ${commit.slice(0, 12)} is ${this.#digest} already; nothing is built`)
    const onLine = (line: string): void => log.say(`  ${line}`)
    if (load) await loadPushed({ image: image.text, commitTag: commitTag(commit), env, signal, onLine }, this.#digest)
  }

  /** What this builder cannot do is said before anything is built. Throws a `Failure`. */
  async refuseImpossible(builder: Builder): Promise<void> {
    const { request, file } = this.job
    refuseImpossible(builder, request, { text: await readFile(request.dockerfile, 'utf8').catch(() => ''), file })
  }

  /** Without a tag that stands for it. */
  async build(builder: Builder): Promise<void> {
    const { request, registry, image, file, ignoreFile, log } = this.job
    const { commit, load, env, signal, clock, notPushed } = this.#run
    this.#builder = described(builder)
    await this.#tellChanged()
    const began = clock()
    log.beginBuild(this.#builder)
    try {
      this.#digest = await build({
        request, builder, image: image.text, pushes: registry !== null, commitTag: commitTag(commit), load, file, ignoreFile, env, signal,
        progress: this.#progress, onLine: (line) => log.buildLine(line), note: (text) => log.buildLine(`… ${text}`), waits: pushWaits,
      })
    } finally {
      log.endBuild()
      this.#buildTook = clock() - began
    }
    this.#built = true
    log.say(this.#digest === '' ? `built, and not pushed: ${notPushed}` : `pushed ${image.text}@${this.#digest}; no tag has moved yet`)
  }

  /** What is told once for a run, of the builder that is here. */
  tellMissing(builder: Builder, log: Pick<MakeLog, 'warn'>): void {
    this.#missing = capabilitiesOf(builder).missing
    for (const sentence of this.#missing) log.warn(sentence)
  }

  /** How its tags move; null: nothing of it is in the registry. */
  async publication(name: string): Promise<Publication | null> {
    const { registry, image, log } = this.job
    if (registry === null || this.#digest === '') return null
    this.#standing ??= await standingOf(registry, this.#digest)
    if (this.#standing === null) throw refuse.vanished(image, this.#digest)
    this.#previous = await this.#before(registry)
    return {
      name, registry, manifest: this.#standing.manifest, decisions: this.#decisions,
      // Nobody else may have taken the version while this was built.
      again: async () => this.#decide((await this.#known(registry)).known),
      told: ({ name: tag, state, why }) => log.say(`  ${tagWords[state].padEnd(9)} ${tag}: ${why}`),
    }
  }

  published(tags: readonly TagResult[], failures: readonly Failure[], took: number): void {
    this.#tags = tags
    this.#failures = failures
    this.#tagsTook = took
  }

  planned(builder: string): ImageOutcome {
    return this.#outcome('planned', this.#plan(builder))
  }

  /** How it ended; `whole`: so did all others of the run. */
  outcome(whole: boolean): ImageOutcome {
    if (this.#cancelled || (!whole && this.#run.signal.aborted)) return { ...this.#outcome('cancelled'), failures: [refuse.cancelled()] }
    if (this.#failures.length > 0) return this.#outcome('failed')
    if (this.job.registry === null && this.#built) return this.#outcome('built')
    if (!whole) return this.#outcome('failed')
    const changed = this.#built || this.#tags.some(({ state }) => state === 'made' || state === 'moved')
    return this.#outcome(changed ? 'pushed' : 'unchanged')
  }

  async #tellChanged(): Promise<void> {
    const { request: { context, contexts }, log } = this.job
    const files = await this.#run.changed([context, ...Object.values(contexts).filter((place) => place.startsWith('/'))])
    if (files.length === 0) return
    const named = `${files.slice(0, 5).map((file) => `\`${file}\``).join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`
    const text = `The work tree differs from the commit in ${named}: what is built is not what its tag says.`
    this.#notes.push(text)
    log.warn(text, 'not the commit')
  }

  #decide(known: RegistryTags | null): readonly TagDecision[] {
    const { ref, commit, prefix, git } = this.#run
    return decideTags({ ref, commit, prefix, git, registry: known })
  }

  /** What decides on tags, and what the ref's own stands for. */
  async #known(registry: Registry): Promise<{ readonly known: RegistryTags; readonly own: Standing | null }> {
    const { ref, prefix, commit, isNewer } = this.#run
    const name = nameOfRef(ref, prefix)
    const own = name.kind === 'none' ? null : name.tag
    const [tags, standing] = await Promise.all([registry.tags(), own === null ? null : standingOf(registry, own)])
    const revision = standing?.revision ?? null
    const newer = revision !== null && revision !== commit && await isNewer(commit, revision) ? [revision] : []
    const held = own === null || standing === null ? {} : { [own]: { digest: standing.manifest.digest, revision } }
    return { known: { tags, held, newer }, own: standing }
  }

  #isUnchanged(standing: Standing | null): boolean {
    const { inputs, request } = this.job
    if (standing === null || standing.revision !== this.#run.commit || standing.inputs !== inputs) return false
    return request.platforms.every((platform) => platform in standing.digests)
  }

  /** What people had until now: the next lower version, or what the branch stood for. */
  async #before(registry: Registry): Promise<ImageOutcome['previous']> {
    const name = nameOfRef(this.#run.ref, this.#run.prefix)
    if (name.kind === 'none') return null
    const version = name.kind === 'version' ? parseVersion(name.tag) : null
    const lower = version === null ? [] : (await registry.tags()).map(parseVersion)
      .filter((other) => other !== null && compareVersions(other, version) < 0).filter((other) => other !== null).toSorted(compareVersions)
    const tag = version === null ? name.tag : lower.at(-1)?.name
    const standing = tag === undefined ? null : await standingOf(registry, tag)
    return tag === undefined || standing === null || standing.manifest.digest === this.#digest ? null : { tag, layers: standing.layers }
  }

  #plan(builder: string): readonly string[] {
    const { image, request, file, made } = this.job
    const { notPushed, commit } = this.#run
    const platforms = request.platforms.length === 0 ? '' : ` for ${request.platforms.join(', ')}`
    const source = file ?? (made === null ? 'the Dockerfile in the Compose file' : 'a Dockerfile made for it')
    return [
      this.#unchanged ? `${commit.slice(0, 12)} is in the registry already: nothing would be built` : `${source} would be built by ${builder}${platforms}`,
      notPushed === '' ? `pushed to ${image.text} by its digest, then:` : `not pushed: ${notPushed}`,
      ...notPushed !== '' ? [] : this.#tags.map(({ name, state, why }) => state === 'kept' ? `${name} would stay: ${why}` : `${name} would move: ${why}`),
    ]
  }

  #note(text: string): void {
    this.#notes.push(text)
    this.job.log.say(text)
  }

  #outcome(status: ImageOutcome['status'], plan: readonly string[] = []): ImageOutcome {
    const { image, made } = this.job
    const { commit, version, clock } = this.#run
    const { steps } = this.#progress
    return {
      status, image: image.text, commit, version, digest: this.#digest, digests: this.#standing?.digests ?? {}, tags: this.#tags,
      layers: this.#standing?.layers ?? [], previous: this.#previous, stages: this.#progress.stages(),
      steps: { all: steps.length, cached: steps.filter(({ cached }) => cached).length },
      builder: this.#builder, missing: this.#missing, notes: this.#notes, made, plan, failures: this.#failures,
      took: { all: clock() - this.#began, build: this.#buildTook, tags: this.#tagsTook },
    }
  }
}

const tagWords: Readonly<Record<TagResult['state'], string>> = {
  made: 'new', moved: 'moved', there: 'there', kept: 'stays', unreached: 'not yet', undone: 'put back', planned: 'would move',
}
