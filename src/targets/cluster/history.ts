import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import type { Entry } from '../../history/types'
import { VERSION } from '../../history/version'
import type { RolloutPolicy } from '../../config/types'
import type { Revision } from './revisions'
import { joined, type ValuePath } from './secret-paths'
import { write } from './writing'

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

type Stored = KubeObject & { readonly data?: Readonly<Record<string, string>> }

interface Kept {
  readonly format: 1
  readonly app: string
  /** By number, ascending. */
  readonly entries: readonly Recorded[]
  readonly intent: Intent | null
  /** Where in the values secrets are, or were; left out by older versions. */
  readonly secretPaths?: readonly ValuePath[]
}

/** Its name begins as no name of Helm's does, and a release cannot have dots. */
export const historyName = (release: string): string => `slipway.${release}`
/** A Secret may have 1 MiB; the oldest that failed or are long gone go first. */
const most = 200
const mostPaths = 500

/** What was activated, in a Secret beside the release's own. Whoever changes it has the lock; the server refuses whoever does not know the newest. */
export class History {
  readonly #client: KubernetesClient
  readonly #namespace: string
  readonly #release: string
  readonly #app: string
  #kept: Kept
  #object: Stored | null

  private constructor(client: KubernetesClient, namespace: string, release: string, app: string, object: Stored | null, kept: Kept) {
    this.#client = client
    this.#namespace = namespace
    this.#release = release
    this.#app = app
    this.#object = object
    this.#kept = kept
  }

  /** Throws a `Failure`: `history-unreadable`, `release-of-another`. */
  static async read(client: KubernetesClient, namespace: string, release: string, app: string): Promise<History> {
    const object = await client.find<Stored>(pathOf(resources.secrets, namespace, historyName(release)))
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

  /** Where in values secrets are, and ever were. Null: releases were made before that was kept, and nobody knows. */
  get secretPaths(): readonly ValuePath[] | null {
    return this.#kept.secretPaths ?? (this.#kept.entries.length === 0 ? [] : null)
  }

  /** The next activation's. */
  get next(): number {
    return Math.max(0, ...this.#kept.entries.map(({ number }) => number)) + 1
  }

  entry(number: number): Recorded | null {
    return this.#kept.entries.find((entry) => entry.number === number) ?? null
  }

  ofRevision({ uid }: Pick<Revision, 'uid'>): Recorded | null {
    return this.#kept.entries.findLast((entry) => entry.uid === uid && uid !== '') ?? null
  }

  /** `paths`: where in its values secrets are; null: it comes from here, and says nothing new. */
  async add(entry: Recorded, paths: readonly ValuePath[] | null = null): Promise<void> {
    const known = this.secretPaths
    const secretPaths = paths === null ? known : joined(known ?? [], paths).slice(-mostPaths)
    await this.#write({ ...this.#kept, entries: [...this.#kept.entries, entry], ...secretPaths === null ? {} : { secretPaths } })
  }

  /** Changes entries and the intent at once. */
  async change(of: (entry: Recorded) => Partial<Recorded>, intent: Intent | null = this.#kept.intent): Promise<void> {
    await this.#write({ ...this.#kept, intent, entries: this.#kept.entries.map((entry) => ({ ...entry, ...of(entry) })) })
  }

  async #write(wanted: Kept): Promise<void> {
    const kept = { ...wanted, entries: trimmed(wanted) }
    const history = Buffer.from(JSON.stringify(kept)).toString('base64')
    const object: Stored = {
      ...this.#object ?? { apiVersion: 'v1', kind: 'Secret', metadata: { name: historyName(this.#release), namespace: this.#namespace, labels: {
        'app.kubernetes.io/managed-by': 'slipway', 'slipway/release': this.#release } }, type: 'slipway/history' },
      data: { history },
    }
    try {
      this.#object = await write(this.#client, {
        path: pathOf(resources.secrets, this.#namespace), object, isOurs: ({ data }) => data?.['history'] === history,
      })
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

/** What may go: the oldest that were never proven, then the oldest; never what serves, or what is in hand. */
function trimmed({ entries, intent }: Kept): readonly Recorded[] {
  const tooMany = entries.length - most
  if (tooMany <= 0) return entries
  const going = entries.filter(({ number, state }) => state !== 'proven' && number !== intent?.from && number !== intent?.to && number !== entries.at(-1)?.number)
    .toSorted((a, b) => Number(a.proven) - Number(b.proven) || a.number - b.number)
  const gone = new Set(going.slice(0, tooMany).map(({ number }) => number))
  return entries.filter(({ number }) => !gone.has(number))
}

/** It is the text of whoever may write Secrets here, and goes into summaries, outputs and links. */
function isSound({ number, version, commit, url, uid, state }: Recorded): boolean {
  return Number.isSafeInteger(number) && typeof state === 'string' && typeof uid === 'string' && typeof version === 'string' && VERSION.test(version)
    && typeof commit === 'string' && /^([0-9a-f]{40})?$/.test(commit) && (url === null || (typeof url === 'string' && /^https?:\/\/[^\s<>"'`]+$/.test(url)))
}

/** A path to everything, or too many of them, would have all of a log hidden. */
const arePaths = (paths: unknown): boolean => Array.isArray(paths) && paths.length <= mostPaths && paths.every((path) => Array.isArray(path) && path.length > 0 && path.every((key) => typeof key === 'string'))

function parsed(data: string | undefined, namespace: string, release: string): Kept {
  try {
    const said = JSON.parse(Buffer.from(data ?? '', 'base64').toString('utf8')) as Kept
    if (said.format === 1 && Array.isArray(said.entries) && said.entries.every(isSound) && arePaths(said.secretPaths ?? [])) return said
  } catch {
    // Said below.
  }
  throw new Failure({
    code: 'history-unreadable', what: `The Secret ${historyName(release)} in ${namespace}, where the history of the release is, cannot be read.`,
    why: 'Somebody has changed it, or a newer Slipway has written it.',
    cure: `Use the newer version; or begin a new history: kubectl delete secret ${historyName(release)} --namespace ${namespace}. What runs is not touched by that.`,
  })
}
