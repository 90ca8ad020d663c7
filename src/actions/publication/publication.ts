import type { Located } from '../../config'
import type { Git } from '../../drivers/git'
import type { GitHub } from '../../drivers/github'
import { failuresOf, type Failure } from '../../errors'
import type { WantedRelease } from '../../publish/github-release'
import { notesOf } from '../../publish/notes'
import type { PublicationOutcome } from '../../publish/outcome'
import { ensureTag } from '../../publish/tagging'
import type { Untold } from '../../publish/untold'
import type { Found } from '../../release'
import type { Outcome } from '../../rollout/outcome'
import type { Hooks } from '../../rollout/rollout'
import { readAsked, type Asked } from './asked'
import { filesAt } from './files'
import { deploymentOf, remoteOf, repositoryAtGitHub, taggerOf } from './github'
import type { PublicationStep } from './inputs'
import type { PublicationPlace } from './opening'
import { publishingJob } from './matrix'
import { nameOf, type Named } from './naming'
import { RunDeployment } from './run-deployment'
import { RunRelease } from './run-release'
import { withKeyFile } from './signing'
import type { Telling } from './telling'

/** What a publication came to. */
export interface Finished {
  readonly outcome: PublicationOutcome
  /** Of what was proven, and could not be made public for a fault that does not go by itself. */
  readonly failures: readonly Failure[]
}

/** What is known once the commit is. */
interface Known {
  readonly git: Git
  readonly commit: string
  readonly named: Named | null
  readonly release: RunRelease | null
  readonly deployment: RunDeployment | null
}

/**
 * Tag, GitHub Release and GitHub Deployment of one run, each where it is asked for: `name` before the rollout, `hooks` in its course, `finish`
 * after it. What earlier runs have left is found and finished.
 */
export class Publication {
  readonly #step: PublicationStep
  readonly #asked: Asked
  readonly #place: PublicationPlace
  #known: Known | null = null
  /** Files that do not come from this work tree: why, a sentence each. */
  #leftOut: readonly string[] = []
  #tag: 'made' | 'there' | 'none' = 'none'
  /** What GitHub refused of the Deployment's end; null: it has not answered yet. */
  #refused: readonly Failure[] | null = null

  private constructor(step: PublicationStep, asked: Asked, place: PublicationPlace) {
    this.#step = step
    this.#asked = asked
    this.#place = place
  }

  /** Throws all that contradicts itself. */
  static open(step: PublicationStep, place: PublicationPlace): Publication {
    return new Publication(step, readAsked(step, place.context), place)
  }

  /** What was given and does not apply, a sentence each. */
  get notices(): readonly string[] {
    return [...this.#asked.notices, ...this.#leftOut]
  }

  /** The tag that the commit is deployed by; null: none. Throws `NothingToRelease`, and a `Failure` for what cannot be. */
  async name(git: Git, found: Found, located: Located): Promise<string | null> {
    const { environment, version } = this.#step
    const { context, placeOf, redactor } = this.#place
    const { commit } = found
    const { app } = located.config
    const named = await nameOf(git, found, located, this.#asked, version, new Date())
    const release = await this.#releaseOf(git, named, commit)
    const terms = {
      latest: named?.release?.isLatest ?? false, jobs: this.#step.jobTotal ?? 1, chosen: version !== null, github: () => this.#github(),
      job: publishingJob(this.#step, context, process.env),
    }
    const wanted = { app, commit, environment: environment ?? 'production', version: named?.tag ?? found.tag ?? commit.slice(0, 12) }
    this.#known = {
      git, commit, named, release: release === null ? null : new RunRelease(release, terms),
      deployment: this.#asked.deployment ? new RunDeployment(deploymentOf(context, placeOf(located), wanted), (hurry) => this.#github(hurry), (text) => redactor.redact(text)) : null,
    }
    return named?.tag ?? found.tag
  }

  /** For the rollout. */
  hooks(telling: Telling): Hooks {
    return {
      beforeStaging: async () => {
        await this.#makeTag(telling)
        this.#orTold(await this.#known?.deployment?.begin(telling), 'GitHub was not told of a Deployment.', telling)
      },
      beforeCutOver: async () => {
        this.#orTold(await this.#known?.release?.draft(telling), 'The Release has no draft yet, and is made when the version is proven.', telling)
      },
      // As long as nobody else can begin one to that place. A run that is cancelled gives the places back first, and so does one whom GitHub does not
      // answer at once: others wait for them, and a rollback needs no GitHub.
      beforeClosing: async (outcome) => {
        if (!this.#place.signal.aborted) await this.#settle(outcome, telling, true)
      },
    }
  }

  /** When the rollout has ended. Throws only bugs. */
  async finish(outcome: Outcome, telling: Telling): Promise<Finished> {
    const failures: Failure[] = []
    if (this.#known !== null && this.#step.dryRun) this.#plan(this.#known, telling)
    else if (this.#known !== null) {
      const { release } = this.#known
      const refused = await this.#refusals(async () => await this.#publish(release, outcome, telling))
      if (refused.length > 0) release?.leave('GitHub refused it.')
      failures.push(...refused, ...await this.#settle(outcome, telling, false))
    }
    return { outcome: this.told(), failures }
  }

  async #releaseOf(git: Git, named: Named | null, commit: string): Promise<WantedRelease | null> {
    const { release } = this.#asked
    if (release === null || named === null || named.release === null) return null
    const { serverUrl, repository } = this.#place.context
    const { tag, release: { changes, previous, isPreRelease } } = named
    const notes = notesOf({ changes, tag, previous: previous?.tag ?? null, server: serverUrl, repository })
    const { notice, ...files } = await filesAt(git, commit, tag, release)
    this.#leftOut = notice === null ? [] : [notice]
    return { tag, commit, name: tag, notes, prerelease: isPreRelease, ...files }
  }

  async #makeTag(telling: Telling): Promise<void> {
    const { naming, signingKey } = this.#asked
    if (this.#known === null || this.#known.named === null || naming === null) return
    const { git, commit, named } = this.#known
    const { context } = this.#place
    const core = await import('@actions/core')
    this.#tag = await withKeyFile(signingKey, (folder) => core.saveState('signing', folder), async (signing) =>
      await ensureTag(git, remoteOf(context, this.#step.githubToken ?? ''), { name: named.tag, commit, message: `${named.tag}\n`, tagger: taggerOf(context), signing }))
    telling.row('tagged', `${named.tag} at ${commit.slice(0, 12)}${this.#tag === 'there' ? ', as before' : `, ${named.reason}`}`)
  }

  async #settle(outcome: Outcome, telling: Telling, hurry: boolean): Promise<readonly Failure[]> {
    if (this.#refused !== null) return this.#refused
    let told = true
    const refused = await this.#refusals(async () => { told = await this.#known?.deployment?.settle(outcome, telling, hurry) ?? true })
    if (told) this.#refused = refused
    return refused
  }

  async #publish(release: RunRelease | null, outcome: Outcome, telling: Telling): Promise<void> {
    const why = this.#place.signal.aborted ? cut : unproven(outcome)
    if (why === '') await release?.publish(telling)
    else release?.leave(why)
  }

  #plan({ named, release, deployment }: Known, telling: Telling): void {
    if (this.#asked.naming !== null && named !== null) telling.row('would tag', `${named.tag}, ${named.reason}`)
    if (release !== null) telling.row('would be', `a Release ${release.label}`)
    if (deployment !== null) telling.row('would be', `a Deployment to ${deployment.environment}`)
  }

  /** How far it has got. */
  told(): PublicationOutcome {
    const { notices } = this
    const { naming } = this.#asked
    const { dryRun } = this.#step
    if (this.#known === null) return { tag: null, release: null, deployment: null, notices }
    const { commit, named, release, deployment } = this.#known
    return {
      tag: named === null ? null : { name: named.tag, commit, reason: named.reason, state: naming === null ? 'there' : dryRun ? 'planned' : this.#tag },
      release: release?.outcome(dryRun) ?? null, deployment: deployment?.outcome(dryRun) ?? null, notices,
    }
  }

  /** Where a tag was asked for, GitHub has to answer before anything is switched; else that it does not is told. */
  #orTold(untold: Untold | null | undefined, consequence: string, telling: Telling): void {
    if (untold === null || untold === undefined) return
    if (this.#asked.naming !== null) throw untold.notice
    telling.warn(`${consequence} ${untold.notice.what}`)
  }

  /** What was refused of something. A cancel cuts off what was asked: then it is asked once more, in a hurry. Bugs are thrown on. */
  async #refusals(work: () => Promise<void>): Promise<readonly Failure[]> {
    const before = this.#place.signal.aborted
    try {
      await work()
      return []
    } catch (thrown) {
      if (!before && this.#place.signal.aborted) return await this.#refusals(work)
      const found = failuresOf(thrown)
      if (found.length === 0) throw thrown
      return found
    }
  }

  /** Little time is left once the job is cancelled. */
  #github(hurry = false): GitHub {
    const { context, signal, redactor } = this.#place
    return repositoryAtGitHub(context, this.#step.githubToken ?? '', redactor, hurry || signal.aborted ? 'hurry' : signal)
  }
}

const cut = 'The job was cancelled. Run it again: it finds what is there, and goes on.'

/** Why nothing may be published: not every target that there is has proven it. Empty: it may. */
function unproven({ verdict, targets }: Outcome): string {
  const serves = verdict === 'deployed' || verdict === 'unchanged'
  const absent = targets.filter(({ state }) => state === 'absent').map(({ name }) => name)
  if (!serves) return 'The version does not serve on every host.'
  return absent.length === 0 ? '' : `${absent.join(', ')} could not be reached, and what is published is proven on every host. Run the job again when it is back.`
}

