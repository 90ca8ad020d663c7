import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { must, root } from '../../host/harness/command'
import type { Cluster, Namespace } from './cluster'

/** A rule of a Role. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

const rig = join(root, 'script', 'rig')

/** The kubeconfig, a path, of a service account that may do there what the rules say, and nothing else. */
export async function accountOf(namespace: Namespace, account: string, rules: readonly Rule[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-role-'))
  const role = join(folder, 'role.json')
  writeFileSync(role, JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: account }, rules }))
  try {
    return await must(rig, ['kubeconfig', '--account', `${namespace.name}/${account}`, '--role', role])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The same account's with a token that ended an hour ago. */
export const expiredAccountOf = (namespace: Namespace, account: string): Promise<string> =>
  must(rig, ['kubeconfig', '--account', `${namespace.name}/${account}`, '--expired'])

/** With a token that nobody was given. */
export const unknownAccount = (): Promise<string> => must(rig, ['kubeconfig', '--unknown'])

/** A request as the API server's audit log has it. */
export interface ApiRequest {
  /** get, list, watch, create, update, patch, delete, deletecollection; of URIs that are no resource's: the method in lower case. */
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly userAgent?: string
  readonly responseStatus?: { readonly code: number }
}

/**
 * Notes where the audit log is; the function that it resolves with tells which requests of a user have been answered since then. A watch
 * counts twice: when it begins, and when it ends.
 */
export function requestsFrom(cluster: Cluster, user: string): () => readonly ApiRequest[] {
  const log = join(dirname(cluster.kubeconfig), 'audit.log')
  const seen: ApiRequest[] = []
  let at = statSync(log).size
  let rest = ''
  // It is large, and may be asked for often: only what is new is read.
  return () => {
    const file = openSync(log, 'r')
    try {
      const { size } = fstatSync(file)
      if (size < at) throw new Error('the audit log was begun anew in the middle of it: what was counted is not all')
      const news = Buffer.alloc(size - at)
      at += readSync(file, news, 0, news.length, at)
      const lines = (rest + news.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const request = JSON.parse(line) as ApiRequest
        if (request.user.username === user) seen.push(request)
      }
    } finally {
      closeSync(file)
    }
    return seen
  }
}

/** What the cluster calls a service account. */
export const userOf = (namespace: Namespace, account: string): string => `system:serviceaccount:${namespace.name}:${account}`
