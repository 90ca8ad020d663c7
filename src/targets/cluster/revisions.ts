import { decodeRelease, encodeRelease, secretName, secretSelector, type ReleaseStatus, type StoredRelease } from '../../drivers/helm'
import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'

export interface Revision {
  readonly revision: number
  /** Of the Secret that it is kept in: a number comes again when somebody uninstalls and installs. */
  readonly uid: string
  readonly status: ReleaseStatus
  /** Milliseconds since 1970 when it was last written, by the server's clock. What Helm says of it is by the clock of who ran Helm. */
  readonly at: number
}

/** Helm's own revisions of a release, from the Secrets that it keeps them in. */
export class Revisions {
  readonly #client: KubernetesClient
  readonly #namespace: string
  readonly #release: string

  constructor(client: KubernetesClient, namespace: string, release: string) {
    this.#client = client
    this.#namespace = namespace
    this.#release = release
  }

  /** By number, ascending. Their labels say it all, so the releases themselves do not travel. */
  async list(): Promise<readonly Revision[]> {
    const { items } = await this.#client.get<{ readonly items: readonly KubeObject[] | null }>(pathOf(resources.secrets, this.#namespace), {
      query: { labelSelector: secretSelector(this.#release) },
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    })
    return (items ?? []).flatMap(({ metadata: { uid = '', labels = {}, creationTimestamp, managedFields = [] } }): Revision[] => {
      const revision = Number(labels['version'])
      const times = [creationTimestamp, ...managedFields.map(({ time }) => time)].map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time))
      return Number.isInteger(revision) ? [{ revision, uid, status: (labels['status'] ?? 'unknown') as ReleaseStatus, at: Math.max(0, ...times) }] : []
    }).toSorted((a, b) => a.revision - b.revision)
  }

  /** Null: there is none. */
  async read(revision: number): Promise<StoredRelease | null> {
    const secret = await this.#secret(revision)
    const data = secret?.data?.['release']
    if (data === undefined) return null
    const stored = decodeRelease(data)
    if (stored.version === revision && stored.name === this.#release) return stored
    // What is read here is shown and tried; what Helm would then apply goes by the number.
    throw new Failure({
      code: 'revision-unreadable', what: `The Secret ${secretName(this.#release, revision)} in ${this.#namespace} holds another release than its name says.`,
      why: 'Somebody has changed it.', cure: 'Find out who writes Secrets there, and deploy anew.',
    })
  }

  /** What a dead Helm has left pending: it is over, and has failed. Helm itself would refuse every command until somebody says so. */
  async markFailed(revision: number, description: string): Promise<void> {
    const secret = await this.#secret(revision)
    const data = secret?.data?.['release']
    if (secret === null || data === undefined) return
    const stored = decodeRelease(data)
    const release: StoredRelease = { ...stored, info: { ...stored.info, status: 'failed', description } }
    await this.#client.replace(this.#path(revision), {
      ...secret, metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, status: 'failed', modifiedAt: String(Math.floor(Date.now() / 1000)) } },
      data: { ...secret.data, release: encodeRelease(release) },
    })
  }

  async remove(revision: number): Promise<void> {
    try {
      await this.#client.delete(this.#path(revision))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error
    }
  }

  async #secret(revision: number): Promise<(KubeObject & { readonly data?: Readonly<Record<string, string>> }) | null> {
    return await this.#client.find(this.#path(revision))
  }

  #path(revision: number): string {
    return pathOf(resources.secrets, this.#namespace, secretName(this.#release, revision))
  }
}

/** The one that Helm takes for what runs. */
export const deployedOf = (revisions: readonly Revision[]): Revision | null => revisions.filter(({ status }) => status === 'deployed').at(-1) ?? null

export const isPending = ({ status }: Revision): boolean => status.startsWith('pending-') || status === 'uninstalling'
