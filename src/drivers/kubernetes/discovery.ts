import { ApiError } from './api-error'
import type { KubernetesClient } from './client'
import type { Resource } from './types'

interface Aggregated {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly resources?: readonly { readonly resource: string; readonly responseKind?: { readonly kind?: string }; readonly scope?: string }[]
    }[]
  }[]
}
interface Listed { readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[] }

/** All in two answers, where the server can (1.27 and later). */
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

/** What the server serves, by apiVersion and kind. Asked for once, and again for what is not known. */
export class Discovery {
  readonly #client: KubernetesClient
  readonly #known = new Map<string, Resource>()
  readonly #asked = new Map<string, Promise<void>>()
  #all: Promise<void> | null = null

  constructor(client: KubernetesClient) {
    this.#client = client
  }

  /** Null: the server has no such kind. */
  async find(apiVersion: string, kind: string): Promise<Resource | null> {
    const key = `${apiVersion}/${kind}`
    this.#all ??= this.#askAll()
    await this.#all
    if (!this.#known.has(key)) {
      const asking = this.#asked.get(apiVersion) ?? this.#askOne(apiVersion)
      this.#asked.set(apiVersion, asking)
      await asking
    }
    return this.#known.get(key) ?? null
  }

  async #askAll(): Promise<void> {
    for (const answer of await Promise.all(['/api', '/apis'].map(async (path) => await this.#client.find<Aggregated>(path, { accept: aggregated }).catch(quiet)))) {
      for (const { metadata, versions = [] } of answer?.items ?? []) {
        for (const { version, resources = [] } of versions) {
          for (const { resource, responseKind, scope } of resources) {
            this.#add(metadata?.name ?? '', version, { name: resource, kind: responseKind?.kind ?? '', namespaced: scope === 'Namespaced' })
          }
        }
      }
    }
  }

  async #askOne(apiVersion: string): Promise<void> {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') as [string, string] : ['', apiVersion]
    const answer = await this.#client.find<Listed>(group === '' ? `/api/${version}` : `/apis/${group}/${version}`)
    for (const one of answer?.resources ?? []) if (!one.name.includes('/')) this.#add(group, version, one)
  }

  #add(group: string, version: string, { name, kind, namespaced }: { name: string; kind: string; namespaced: boolean }): void {
    if (kind === '') return
    this.#known.set(`${group === '' ? version : `${group}/${version}`}/${kind}`, { group, version, plural: name, kind, namespaced })
  }
}

/** What is not to be had in one answer is asked for group by group. */
function quiet(error: unknown): null {
  if (error instanceof ApiError && error.status !== 401 && error.status !== 0) return null
  throw error
}
