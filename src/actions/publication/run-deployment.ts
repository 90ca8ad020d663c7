import type { GitHub } from '../../drivers/github'
import { beginDeployment, settleDeployment, type WantedDeployment } from '../../publish/github-deployment'
import type { PublicationOutcome } from '../../publish/outcome'
import type { Untold } from '../../publish/untold'
import type { Outcome } from '../../rollout/outcome'
import type { Telling } from './telling'

type State = 'success' | 'failure' | 'inactive'

/** The GitHub Deployment of a run. */
export class RunDeployment {
  readonly #wanted: WantedDeployment
  readonly #github: (hurry: boolean) => GitHub
  readonly #redact: (text: string) => string
  #begun: Promise<unknown> | null = null
  #id: number | null = null
  #said: State | null = null

  constructor(wanted: WantedDeployment, github: (hurry: boolean) => GitHub, redact: (text: string) => string) {
    this.#wanted = wanted
    this.#github = github
    this.#redact = redact
  }

  get environment(): string {
    return this.#wanted.environment
  }

  async begin(telling: Telling): Promise<Untold | null> {
    const core = await import('@actions/core')
    // Before it is begun: whoever kills us then leaves one that `post` finds by what it says of itself.
    core.saveState('deployment', JSON.stringify(this.#wanted))
    const beginning = beginDeployment(this.#github(false), this.#wanted)
    this.#begun = beginning.catch(() => undefined)
    const begun = await beginning
    if (begun.status === 'untold') return begun
    this.#id = begun.id
    telling.row('deployment', `to ${this.environment}: in progress`)
    if (begun.left !== null) telling.warn(`A Deployment to ${this.environment} of a run that died may still be in progress at GitHub. ${begun.left.what}`)
    return null
  }

  /**
   * How it ended; false: GitHub could not be told. In a `hurry` it is asked once and for a moment, and is to be told later; else an outage is told, and
   * is no failure.
   */
  async settle(outcome: Outcome, telling: Telling, hurry: boolean): Promise<boolean> {
    if (this.#begun === null) return true
    // A run that is interrupted does not wait for it; what it makes after all is to be settled, too.
    await this.#begun
    const { verdict, changed, url, failures } = outcome
    const state: State = verdict === 'deployed' || verdict === 'unchanged' ? 'success' : verdict === 'cancelled' && !changed ? 'inactive' : 'failure'
    const description = state === 'success' ? `${this.#wanted.version} is serving` : failures[0]?.what ?? `${this.#wanted.version}: ${verdict}`
    const settled = await settleDeployment(this.#github(hurry), this.#wanted, state, { description: this.#redact(description), url: url ?? '' }, this.#id)
    if (settled.status === 'untold') {
      if (!hurry) telling.warn(`The Deployment to ${this.environment} could not be told how it ended (${state}). ${settled.notice.what}`)
      return false
    }
    // Perhaps it is not in the list yet: `post` looks once more.
    if (settled.status === 'none') return true
    this.#said = state
    telling.row('deployment', `to ${this.environment}: ${state}`)
    const core = await import('@actions/core')
    core.saveState('deployment', '')
    return true
  }

  outcome(dryRun: boolean): PublicationOutcome['deployment'] {
    return { environment: this.environment, id: this.#id, state: dryRun ? 'planned' : this.#said ?? 'none' }
  }
}
