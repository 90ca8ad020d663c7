import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import type { Entry } from '../../history/types'
import type { RolloutPolicy } from '../../config/types'
import type { Revision } from './revisions'

/** An activation, and the revision of Helm's that holds it. */
export interface Recorded extends Entry {
  /** The newest revision with just this content; null: Helm has not got that far. */
  readonly revision: number | null
  /** That revision's; empty without one. */
  readonly uid: string
  readonly url: string | null
  readonly domain: string | null
  /** Releases that stay to return to, as its configuration has it. */
  readonly keep: number
  readonly rollout: Partial<RolloutPolicy>
}

/** What is in hand, written down before it is begun. */
export interface Intent {
  readonly phase: 'cut over' | 'revert'
  readonly from: number | null
  readonly to: number
  /** Number of Helm's newest revision before it began; 0: there was none. */
  readonly before: number
  /** The revision that Helm is told to go back to; null: it upgrades. */
  readonly rollbackTo: number | null
  /** Was nothing of what it makes there before? Only then all of it may be removed again. */
  readonly clean: boolean
  readonly withdraw: boolean
  readonly crossing: readonly number[]
}

interface Kept {
  readonly format: 1
  readonly app: string
  /** By number, ascending. */
  readonly entries: readonly Recorded[]
  readonly intent: Intent | null
}

/** Its name begins as no name of Helm's does, and a release cannot have dots. */
export const historyName = (release: string): string => `slipway.${release}`
/** A Secret may have 1 MiB; the oldest that failed or are long gone go first. */
const most = 200

/** What was activated, in a Secret beside the release's own. Whoever changes it has the lock; the server refuses whoever does not know the newest. */
export class History {
  readonly #client: KubernetesClient
  readonly #namespace: string
  readonly #release: string
  readonly #app: string
  #kept: Kept
  #object: KubeObject | null

  private constructor(client: KubernetesClient, namespace: string, release: string, app: string, object: KubeObject | null, kept: Kept) {
    this.#client = client
    this.#namespace = namespace
    this.#release = release
    this.#app = app
    this.#object = object
    this.#kept = kept
  }

  /** Throws a `Failure`: `history-unreadable`, `release-of-another`. */
  static async read(client: KubernetesClient, namespace: string, release: string, app: string): Promise<History> {
    const object = await client.find<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(pathOf(resources.secrets, namespace, historyName(release)))
    const kept = object === null ? { format: 1, app, entries: [], intent: null } as const : parsed(object.data?.['history'], namespace, release)
    if (kept.app !== app) {
      throw new Failure({
        code: 'release-of-another', what: `The release ${release} in ${namespace} is of the app ${kept.app}, and this is ${app}.`,
        cure: 'Name another release with `release-name`, or another namespace.',
      })
    }
    return new History(client, namespace, release, app, object, kept)
  }

  get entries(): readonly Recorded[] {
    return this.#kept.entries
  }

  get intent(): Intent | null {
    return this.#kept.intent
  }

  /** The next activation's. */
  get next(): number {
    return Math.max(0, ...this.#kept.entries.map(({ number }) => number)) + 1
  }

  entry(number: number): Recorded | null {
    return this.#kept.entries.find((entry) => entry.number === number) ?? null
  }

  ofRevision({ uid }: Pick<Revision, 'uid'>): Recorded | null {
    return this.#kept.entries.find((entry) => entry.uid === uid && uid !== '') ?? null
  }

  async add(entry: Recorded): Promise<void> {
    await this.#write({ ...this.#kept, entries: [...this.#kept.entries, entry] })
  }

  /** Changes entries and the intent at once. */
  async change(of: (entry: Recorded) => Partial<Recorded>, intent: Intent | null = this.#kept.intent): Promise<void> {
    await this.#write({ ...this.#kept, intent, entries: this.#kept.entries.map((entry) => ({ ...entry, ...of(entry) })) })
  }

  async #write(wanted: Kept): Promise<void> {
    const entries = wanted.entries.length <= most ? wanted.entries : wanted.entries.slice(-most)
    const kept = { ...wanted, entries }
    const body = {
      ...this.#object ?? { apiVersion: 'v1', kind: 'Secret', metadata: { name: historyName(this.#release), namespace: this.#namespace, labels: {
        'app.kubernetes.io/managed-by': 'slipway', 'slipway/release': this.#release } }, type: 'slipway/history' },
      data: { history: Buffer.from(JSON.stringify(kept)).toString('base64') },
    }
    try {
      this.#object = this.#object === null
        ? await this.#client.create<KubeObject>(pathOf(resources.secrets, this.#namespace), body)
        : await this.#client.replace<KubeObject>(pathOf(resources.secrets, this.#namespace, historyName(this.#release)), body)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error
      throw new Failure({
        code: 'lock-lost', what: `Somebody else has written the history of ${this.#app} meanwhile.`, why: 'Another run has thought this one dead.',
        cure: 'Look at what serves with `operation: status`, then run the job again.', cause: error,
      })
    }
    this.#kept = kept
  }
}

function parsed(data: string | undefined, namespace: string, release: string): Kept {
  try {
    const said = JSON.parse(Buffer.from(data ?? '', 'base64').toString('utf8')) as Kept
    if (said.format === 1 && Array.isArray(said.entries)) return said
  } catch {
    // Said below.
  }
  throw new Failure({
    code: 'history-unreadable', what: `The Secret ${historyName(release)} in ${namespace}, where the history of the release is, cannot be read.`,
    why: 'Somebody has changed it, or a newer Slipway has written it.',
    cure: `Use the newer version; or begin a new history: kubectl delete secret ${historyName(release)} --namespace ${namespace}. What runs is not touched by that.`,
  })
}
