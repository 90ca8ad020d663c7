import { publishedRelease, type GitHub } from '../../drivers/github'
import { ensureDraft, publishRelease, type GitHubRelease, type WantedRelease } from '../../publish/github-release'
import type { PublicationOutcome } from '../../publish/outcome'
import { assetName } from '../../publish/release-files'
import type { Untold } from '../../publish/untold'
import type { Telling } from './telling'

export interface ReleaseTerms {
  /** Is it the highest stable version? */
  readonly latest: boolean
  /** How many jobs come to it; above 1 none of them knows how the others end, and none publishes it. */
  readonly jobs: number
  /** The run names a version that may have been released long ago: then its files are what they are. */
  readonly chosen: boolean
  /** For the workflow: the job that publishes it after those. */
  readonly job: string
  readonly github: () => GitHub
}

/** The GitHub Release of a run's version. */
export class RunRelease {
  readonly #wanted: WantedRelease
  readonly #terms: ReleaseTerms
  #made: GitHubRelease | null = null
  #done: GitHubRelease | null = null
  #why = ''
  #job = ''

  constructor(wanted: WantedRelease, terms: ReleaseTerms) {
    this.#wanted = wanted
    this.#terms = terms
  }

  /** The tag, and how many files it has. */
  get label(): string {
    const { tag, files } = this.#wanted
    return files.length === 0 ? tag : `${tag} with ${files.length === 1 ? '1 file and its checksum' : `${files.length} files and their checksums`}`
  }

  /** What nobody but maintainers sees. */
  async draft(telling: Telling): Promise<Untold | null> {
    if (await this.#isOut()) return null
    const made = await ensureDraft(this.#terms.github(), this.#wanted)
    if (made.status === 'untold') return made
    this.#made = made
    if (made.status === 'draft') telling.row('drafted', this.label)
    return null
  }

  /** When the version is proven. An outage is told, and is no failure. */
  async publish(telling: Telling): Promise<void> {
    const { github, jobs, latest, job } = this.#terms
    if (await this.#isOut()) return
    const several = jobs > 1
    const result = several ? this.#made ?? await ensureDraft(github(), this.#wanted) : await publishRelease(github(), this.#wanted, latest, this.#made)
    if (result.status === 'untold') {
      this.#why = `${result.notice.what} Run the job again when it answers: it finds what is there, and publishes it.`
      telling.warn(`The Release ${this.#wanted.tag} is not published, and the version serves. ${this.#why}`)
      return
    }
    if (result.status === 'draft') {
      this.#made = result
      this.#why = `This is one of ${jobs} jobs that deploy it, and none of them knows how the others end. A job after them publishes it.`
      this.#job = job
      return
    }
    this.#done = result
    telling.row(result.status === 'unchanged' ? 'is there' : 'published', `${this.label}: ${result.url}`)
  }

  /** Why it stays what it is. */
  leave(why: string): void {
    this.#why = why
  }

  outcome(dryRun: boolean): PublicationOutcome['release'] {
    const { files, notes, prerelease } = this.#wanted
    return {
      state: dryRun ? 'planned' : this.#done !== null ? this.#done.status : this.#made !== null ? 'draft' : 'none',
      url: this.#done?.url ?? '', files: files.map(assetName), notes, latest: this.#terms.latest, prerelease, why: this.#why, job: this.#job,
    }
  }

  async #isOut(): Promise<boolean> {
    if (!this.#terms.chosen || this.#done !== null) return this.#done !== null
    const found = await publishedRelease(this.#terms.github(), this.#wanted.tag)
    if (found !== null) this.#done = { status: 'unchanged', id: found.id, url: found.url }
    return found !== null
  }
}
