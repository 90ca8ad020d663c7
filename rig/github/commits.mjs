// What Git knows of refs and commits, and what others say of commits: check runs and statuses.
import { example, notFound, now, paged } from './answers.mjs'

export const commitHandlers = {
  'repos/get'(context) {
    const { api, html, owner, name, private: hidden } = context
    const body = example(context, 'full-repository-default-response')
    const said = { ...body, name, full_name: `${owner}/${name}`, private: hidden, visibility: hidden ? 'private' : 'public', default_branch: 'main', url: api, html_url: html, language: null }
    return { status: 200, body: { ...said, source: undefined, parent: undefined } }
  },

  'git/get-ref'(context) {
    const found = context.repository.refOf(`refs/${context.path.ref}`)
    if (found === null) throw notFound()
    return { status: 200, body: shapeOfRef(context, found) }
  },

  'git/list-matching-refs'(context) {
    const { repository, path } = context
    const names = repository.git('for-each-ref', '--format=%(refname)').split('\n').filter((name) => name.startsWith(`refs/${path.ref}`))
    return { status: 200, body: names.map((name) => shapeOfRef(context, repository.refOf(name))) }
  },

  'git/get-tag'(context) {
    const { repository, path, api } = context
    const text = repository.asked('cat-file', 'tag', path.tag_sha)
    if (text === null) throw notFound()
    const [, sha, type, tag] = /^object (\S+)\ntype (\S+)\ntag (\S+)\n/.exec(text)
    return { status: 200, body: {
      ...example(context, 'git-tag'), sha: path.tag_sha, url: `${api}/git/tags/${path.tag_sha}`, tag, message: text.split('\n\n').slice(1).join('\n\n'),
      object: { sha, type, url: `${api}/git/${type}s/${sha}` },
    } }
  },

  'repos/compare-commits-with-basehead'(context) {
    const { repository, path } = context
    const [base, head] = path.basehead.split('...').map((name) => repository.commitOf(name))
    if (!base || !head) throw notFound()
    const merged = repository.asked('merge-base', base, head)
    if (merged === null) throw notFound()
    const [behind, ahead] = repository.git('rev-list', '--left-right', '--count', `${base}...${head}`).split(/\s+/).map(Number)
    const body = example(context, 'commit-comparison')
    const shas = ahead === 0 ? [] : repository.git('rev-list', '--reverse', `${base}..${head}`).split('\n')
    const { items, headers } = paged(shas, context)
    const [like] = body.commits
    return { status: 200, headers, body: {
      ...body, status: ahead > 0 ? behind > 0 ? 'diverged' : 'ahead' : behind > 0 ? 'behind' : 'identical', ahead_by: ahead, behind_by: behind, total_commits: ahead,
      base_commit: { ...body.base_commit, sha: base }, merge_base_commit: { ...body.merge_base_commit, sha: merged },
      commits: items.map((sha) => ({ ...like, sha, commit: { ...like.commit, message: repository.git('log', '-1', '--format=%B', sha) } })), files: [],
    } }
  },

  'checks/list-for-ref'(context) {
    const { state, repository, path, query } = context
    const sha = repository.commitOf(path.ref)
    if (sha === null) throw notFound()
    // Each run of a workflow is a suite of its own, and the latest is the latest of its suite.
    const replaced = (one) => state.checks.some((other) => other.sha === sha && other.run === one.run && other.name === one.name && other.id > one.id)
    const all = state.checks.filter((one) => one.sha === sha && (query.filter === 'all' || !replaced(one)))
    const { items, headers } = paged(all, context)
    return { status: 200, headers, body: { total_count: all.length, check_runs: items.map((one) => shapeOfCheck(context, one)) } }
  },

  'repos/get-combined-status-for-ref'(context) {
    const { state, repository, path, api } = context
    const sha = repository.commitOf(path.ref)
    if (sha === null) throw notFound()
    const all = state.statuses.filter((one, at) => one.sha === sha && !state.statuses.some((other, later) => later > at && other.sha === sha && other.context === one.context))
    const { items, headers } = paged(all, context)
    const combined = all.some((one) => ['failure', 'error'].includes(one.state)) ? 'failure' : all.length > 0 && all.every((one) => one.state === 'success') ? 'success' : 'pending'
    const like = example(context, 'combined-commit-status')
    return { status: 200, headers, body: {
      ...like, state: combined, sha, total_count: all.length, url: `${api}/commits/${sha}/status`, commit_url: `${api}/commits/${sha}`,
      statuses: items.map((one) => ({ ...like.statuses[0], id: one.id, state: one.state, context: one.context, description: one.description ?? null, target_url: one.target_url ?? 'https://ci.example.com/1' })),
    } }
  },
}

function shapeOfRef({ api }, { ref, sha, type }) {
  return { ref, node_id: 'MDM6UmVm', url: `${api}/git/${ref}`, object: { sha, type, url: `${api}/git/${type}s/${sha}` } }
}

function shapeOfCheck(context, { id, sha, name, status, conclusion, run }) {
  const { api, html } = context
  return {
    ...example(context, 'check-run-paginated').check_runs[0], id, head_sha: sha, name, status, conclusion, started_at: now(), completed_at: status === 'completed' ? now() : null,
    url: `${api}/check-runs/${id}`, html_url: `${html}/runs/${id}`, pull_requests: [],
    details_url: run === null ? `https://ci.example.com/${id}` : `${html}/actions/runs/${run}/job/${id}`,
  }
}
