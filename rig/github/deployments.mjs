// Deployments and their statuses, with what one status does to the deployments before.
import { example, invalid, notFound, now, paged, Refusal, without } from './answers.mjs'

export const deploymentHandlers = {
  'repos/list-deployments'(context) {
    const { state, query } = context
    const wanted = ['sha', 'ref', 'task', 'environment'].filter((name) => query[name] !== undefined)
    const found = state.deployments.filter((one) => wanted.every((name) => one[name] === query[name]) && one.unseen === 0)
    for (const one of state.deployments) one.unseen = Math.max(0, one.unseen - 1)
    const { items, headers } = paged(found.toReversed(), context)
    return { status: 200, body: items.map((one) => shape(context, one)), headers }
  },

  'repos/create-deployment'(context) {
    const { state, body, repository } = context
    const sha = repository.commitOf(body.ref)
    if (sha === null) throw new Refusal(422, `No ref found for: ${body.ref}`)
    if (body.auto_merge !== false && repository.git('rev-list', '--count', `${sha}..main`) !== '0') {
      return { status: 202, body: { message: 'Auto-merged main into deployment ref.' } }
    }
    const contexts = body.required_contexts ?? state.statuses.filter((one) => one.sha === sha).map((one) => one.context)
    const bad = contexts.filter((name) => !state.statuses.some((one) => one.sha === sha && one.context === name && one.state === 'success'))
    if (bad.length > 0) throw new Refusal(409, `Conflict: Commit status checks failed for ${body.ref}.`)
    const environment = body.environment ?? 'production'
    const deployment = {
      id: state.nextId++, sha, ref: body.ref, task: body.task ?? 'deploy', payload: body.payload ?? '', environment, original_environment: environment,
      description: body.description ?? null, transient_environment: body.transient_environment ?? false,
      production_environment: body.production_environment ?? environment === 'production', created_at: now(), statuses: [], unseen: state.lag,
    }
    state.deployments.push(deployment)
    return { status: 201, body: shape(context, deployment) }
  },

  'repos/get-deployment': (context) => ({ status: 200, body: shape(context, found(context)) }),

  'repos/list-deployment-statuses'(context) {
    const deployment = found(context)
    const { items, headers } = paged(deployment.statuses.toReversed(), context)
    return { status: 200, body: items.map((one) => shapeOfStatus(context, deployment, one)), headers }
  },

  'repos/create-deployment-status'(context) {
    const { state, body } = context
    const deployment = found(context)
    if ((body.description ?? '').length > 140) throw invalid({ resource: 'DeploymentStatus', code: 'custom', field: 'description', message: 'description is too long (maximum is 140 characters)' })
    for (const field of ['log_url', 'target_url', 'environment_url']) {
      if ((body[field] ?? '') !== '' && !/^https?:\/\//.test(body[field])) {
        throw invalid({ resource: 'DeploymentStatus', code: 'custom', field, message: `${field} must use http(s) scheme` })
      }
    }
    const status = statusOf(state, body)
    deployment.statuses.push(status)
    if (body.state === 'success' && body.auto_inactive !== false) {
      for (const other of state.deployments) {
        if (other.id >= deployment.id || other.environment !== deployment.environment) continue
        if (other.transient_environment || other.production_environment || other.statuses.at(-1)?.state !== 'success') continue
        other.statuses.push(statusOf(state, { state: 'inactive' }))
      }
    }
    return { status: 201, body: shapeOfStatus(context, deployment, status) }
  },
}

function statusOf(state, { state: name, description = '', environment_url = '', log_url = '' }) {
  return { id: state.nextId++, state: name, description, environment_url, log_url, target_url: log_url, created_at: now() }
}

function found({ state, path }) {
  const deployment = state.deployments.find(({ id }) => id === Number(path.deployment_id))
  if (deployment === undefined) throw notFound()
  return deployment
}

function shape(context, deployment) {
  const { api } = context
  return {
    ...example(context, 'deployment'), ...without(deployment, 'statuses', 'unseen'), updated_at: deployment.created_at,
    url: `${api}/deployments/${deployment.id}`, statuses_url: `${api}/deployments/${deployment.id}/statuses`, repository_url: api,
  }
}

function shapeOfStatus(context, deployment, status) {
  const { api } = context
  return {
    ...example(context, 'deployment-status'), ...status, environment: deployment.environment, updated_at: status.created_at,
    url: `${api}/deployments/${deployment.id}/statuses/${status.id}`, deployment_url: `${api}/deployments/${deployment.id}`, repository_url: api,
  }
}
