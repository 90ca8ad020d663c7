import { Failure } from '../../errors'
import type { ApiError } from './api-error'

/** What an `ApiError` means to whoever runs this. `doing`: `ask for the pods of shop`. */
export function apiFailure(error: ApiError, doing: string, context: string, verbs: readonly string[] = []): Failure {
  const { status, said, reason } = error
  if (status === 0) return unreachable(error, context)
  if (status === 401) {
    return new Failure({
      code: 'cluster-unauthorized', what: `The cluster (context ${context}) does not know who asks: ${said}.`, why: 'The token or certificate has expired, or is of another cluster.',
      cure: 'Make a new token, or log in anew, and store the kubeconfig again: gh secret set KUBECONFIG < kubeconfig', cause: error,
    })
  }
  if (status === 403) return forbidden(error, doing, verbs)
  const [, namespace] = /^namespaces "([^"]+)" not found/.exec(said) ?? []
  if (status === 404 && namespace !== undefined) {
    return new Failure({
      code: 'namespace-missing', what: `The cluster (context ${context}) has no namespace ${namespace}.`,
      cure: `Make it (kubectl create namespace ${namespace}), or correct the input \`namespace\` or \`cluster: { namespace: … }\` in slipway.yml.`, cause: error,
    })
  }
  return new Failure({
    code: status === 404 ? 'cluster-not-found' : status === 422 ? 'object-invalid' : status === 409 ? 'object-conflict' : 'cluster-refused',
    what: `The cluster refused to ${doing}.`, why: `${said}${reason === '' ? '' : ` (${status} ${reason})`}`,
    cure: status === 429 || status >= 500 ? 'Run the job again; if it goes on, look at the API server.' : 'Correct what it says, and run the job again.', cause: error,
  })
}

/** RBAC says which right it misses; so do we, in the words that a Role has. `verbs`: what is needed of the same kind besides, so that it is not found out one by one. */
export function forbidden(error: ApiError, doing: string, verbs: readonly string[] = []): Failure {
  const [, user = 'this account', verb = '', resource = '', group = ''] =
    /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"/.exec(error.said) ?? []
  if (verb === '') {
    // Admission, quota and pod security refuse with 403 as well.
    return new Failure({
      code: /exceeded quota/.test(error.said) ? 'quota-exceeded' : 'admission-refused', what: `The cluster does not let us ${doing}.`, why: error.said,
      cure: /exceeded quota/.test(error.said) ? 'Ask for less, or have the quota raised: kubectl describe quota' : 'Change what it objects to, or have the rule changed.', cause: error,
    })
  }
  return new Failure({
    code: 'rbac-missing', what: `${user} may not ${verb} ${resource}, which is needed to ${doing}.`, why: error.said,
    cure: `Add to its Role: { apiGroups: ["${group}"], resources: ["${resource}"], verbs: [${[...new Set([...verbs, verb])].map((one) => `"${one}"`).join(', ')}] }`, cause: error,
  })
}

function unreachable({ reason, said }: ApiError, context: string): Failure {
  const certificate = /CERT|SIGNED|UNABLE_TO|ALTNAME|TLS/.test(reason)
  return new Failure({
    code: 'cluster-unreachable', what: `The cluster (context ${context}) could not be reached: ${said}.`,
    why: certificate ? 'What answers there does not prove to be the cluster of the kubeconfig.' : 'The address is wrong, the cluster is down, or a firewall keeps this runner out.',
    cure: certificate ? 'Check `server` and `certificate-authority-data` of the kubeconfig; behind a proxy that opens TLS, its authority belongs there.'
      : 'Check that it answers from where this runs: kubectl version',
  })
}
