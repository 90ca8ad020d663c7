import { gunzipSync, gzipSync } from 'node:zlib'

/** What Helm calls the Secret of a revision. */
export const secretName = (release: string, revision: number): string => `sh.helm.release.v1.${release}.v${revision}`
/** Finds all of them, without those of other releases. */
export const secretSelector = (release: string): string => `owner=helm,name=${release}`

export type ReleaseStatus = 'deployed' | 'superseded' | 'failed' | 'uninstalled' | 'uninstalling' | 'pending-install' | 'pending-upgrade' | 'pending-rollback' | 'unknown'

/** A revision as Helm keeps it, as far as anybody here looks at it; what else is in it stays. */
export interface StoredRelease {
  readonly name: string
  readonly namespace: string
  readonly version: number
  /** YAML of all objects but hooks. */
  readonly manifest: string
  readonly hooks?: readonly Hook[]
  /** Values that were given. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Of Helm 4: on the server, or by a patch of its own. Left out by Helm 3, which has only that. */
  readonly apply_method?: 'ssa' | 'csa'
  readonly chart?: { readonly metadata?: { readonly name?: string; readonly version?: string; readonly appVersion?: string } }
  readonly info: { readonly status: ReleaseStatus; readonly description?: string; readonly last_deployed?: string; readonly notes?: string; readonly [other: string]: unknown }
  readonly [other: string]: unknown
}

export interface Hook {
  readonly name: string
  readonly kind: string
  /** File of the chart that it comes from. */
  readonly path?: string
  /** YAML. */
  readonly manifest: string
  readonly events?: readonly string[]
  readonly weight?: number
  /** When it is removed: `before-hook-creation`, `hook-succeeded`, `hook-failed`. */
  readonly delete_policies?: readonly string[]
}

/** A release is at most 1 MiB, and compresses well; more than that unpacked is none. */
const mostBytes = 64 * 1024 ** 2

/** Of a Secret's `data.release`: base64 of base64 of gzip of JSON. Throws what does not read so. */
export function decodeRelease(data: string): StoredRelease {
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64')
  // Releases of old versions of Helm are not compressed.
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? gunzipSync(packed, { maxOutputLength: mostBytes }) : packed
  return JSON.parse(bytes.toString('utf8')) as StoredRelease
}

export function encodeRelease(release: StoredRelease): string {
  return Buffer.from(gzipSync(Buffer.from(JSON.stringify(release))).toString('base64'), 'latin1').toString('base64')
}
