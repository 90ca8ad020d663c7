// GitHub's API on loopback, over a real Git repository: see server.d.mts. What is asked and what is answered is held against
// GitHub's own description; what deviates is kept in `violations`, for tests to find empty.
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from './answers.mjs'
import { commitHandlers } from './commits.mjs'
import { deploymentHandlers } from './deployments.mjs'
import { description } from './description.mjs'
import { Faults, goWrong } from './faults.mjs'
import { holds, operations } from './operations.mjs'
import { releaseHandlers } from './releases.mjs'
import { Repository } from './repository.mjs'
import { Validation } from './validation.mjs'

const handlers = { ...releaseHandlers, ...deploymentHandlers, ...commitHandlers }

export async function startGitHub({ repository: full = 'ada/shop', private: hidden = true, tokens = {}, digests = true } = {}) {
  const described = await description()
  const validations = Object.fromEntries(Object.entries(described).map(([name, one]) => [name, new Validation(one)]))
  const routes = routesOf(described['github.com'].operations)
  const [owner, name] = full.split('/')
  const folder = mkdtempSync(join(tmpdir(), 'slipway-github-'))
  const repository = new Repository(folder, full)
  const faults = new Faults()
  const state = {
    releases: [], deployments: [], checks: [], statuses: [], nextId: 1, latest: null, burned: new Set(), immutableReleases: false, digests, lag: 0,
  }
  const calls = []
  const violations = []
  const sockets = new Set()
  let origins

  const api = createServer((request, response) => void answer(request, response, false))
  // As on github.com, uploads go to a host of their own.
  const uploading = createServer((request, response) => void answer(request, response, true))
  for (const server of [api, uploading]) {
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
  origins = { api: `http://127.0.0.1:${api.address().port}`, uploads: `http://127.0.0.1:${uploading.address().port}` }

  async function answer(request, response, uploads) {
    const url = new URL(request.url, uploads ? origins.uploads : origins.api)
    const found = find(request.method, url.pathname, uploads)
    const chunks = []
    let whole = true
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      whole = false
    }
    const bytes = Buffer.concat(chunks)
    if (found === null && /^\/[^/]+\/[^/]+?(\.git)?\/(info\/refs|git-(upload|receive)-pack)$/.test(url.pathname)) return await git(request, response, url, bytes)
    if (found === null) return send(response, 404, {}, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' })

    const { operation, path, flavour } = found
    const call = { number: calls.length + 1, operation, method: request.method, url: `${url.pathname}${url.search}`, permission: operations[operation], status: null }
    calls.push(call)
    const query = Object.fromEntries(url.searchParams)
    const upload = operation === 'repos/upload-release-asset'
    const body = upload || bytes.length === 0 ? null : parsed(bytes)
    const fault = faults.meet(call)
    const granted = tokens[(request.headers.authorization ?? '').replace(/^(Bearer|token) /, '')]
    const context = {
      path, query, body, bytes, headers: request.headers, url: url.href, state, repository, owner, name, private: hidden, half: !whole || fault?.effect === 'half',
      mayWrite: granted?.contents === 'write', examples: described[flavour].components.examples,
      api: `${origins.api}${flavour === 'enterprise' ? '/api/v3' : ''}/repos/${full}`, html: `${origins.api}/${full}`,
      uploads: `${flavour === 'enterprise' ? `${origins.api}/api/uploads` : origins.uploads}/repos/${full}`,
    }
    const handled = () => {
      const refused = refusal(granted, operation, path)
      if (refused !== null) return { status: refused.status, headers: {}, body: refused.body }
      // A client that is gone may leave half an upload, and nothing else.
      if (!whole && !upload) return null
      const wrong = whole ? validations[flavour].request(operation, { path, query, body }) : []
      if (upload && !/^[\w.+-]+\/[\w.+-]+$/.test(request.headers['content-type'] ?? '')) wrong.push('an upload without a type')
      if (wrong.length > 0) violations.push(`${call.method} ${call.url}: ${wrong.join('; ')}`)
      try {
        // What it does not know, GitHub passes over.
        if (wrong.some((text) => !text.startsWith('unknown '))) throw new Refusal(422, 'Invalid request.')
        return { headers: {}, ...handlers[operation](context) }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return { status: error.status, headers: {}, body: error.body }
      }
    }
    let own = null
    try {
      if (fault === null || fault.effect !== false) own = handled()
    } catch (error) {
      violations.push(`${operation} failed: ${error.stack}`)
      own = { status: 500, headers: {}, body: { message: error.message } }
    }
    if (own !== null) {
      call.status = own.status
      const wrong = own.status === 500 ? [] : validations[flavour].answer(operation, own.status, own.body)
      if (wrong.length > 0) violations.push(`answer to ${operation}: ${wrong.join('; ')}`)
    }
    if (!whole) return
    if (fault === null) send(response, own.status, own.headers, own.body)
    else goWrong(fault, call, response, own === null ? null : { status: own.status, headers: own.headers, text: own.body === null ? '' : JSON.stringify(own.body) })
  }

  /** Null: it may. */
  function refusal(granted, operation, { owner: asked, repo }) {
    if (granted === undefined) return new Refusal(401, 'Bad credentials')
    if (`${asked}/${repo}` !== full) return new Refusal(404, 'Not Found')
    const permission = operations[operation]
    if (holds(granted, permission) || (!hidden && permission.endsWith(': read'))) return null
    // What may not even be read is not said to be there.
    return hidden && granted[permission.split(':')[0]] === undefined ? new Refusal(404, 'Not Found') : new Refusal(403, 'Resource not accessible by integration')
  }

  async function git(request, response, url, bytes) {
    const pushes = /git-receive-pack/.test(`${url.pathname}${url.search}`)
    const [, token = ''] = /^x-access-token:(.*)$/.exec(Buffer.from((request.headers.authorization ?? '').replace(/^Basic /i, ''), 'base64').toString()) ?? []
    const granted = tokens[token]
    if (granted === undefined) return response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end()
    if (!holds(granted, pushes ? 'contents: write' : 'contents: read')) return response.writeHead(403).end('Permission denied')
    if (request.method === 'POST') {
      const call = { number: calls.length + 1, operation: pushes ? 'git/push' : 'git/fetch', method: 'POST', url: url.pathname, permission: `contents: ${pushes ? 'write' : 'read'}`, status: 200 }
      calls.push(call)
      const fault = faults.meet(call)
      if (fault !== null) {
        if (fault.effect !== false) await repository.serve(request, bytes, response)
        return goWrong(fault, call, response, null)
      }
    }
    (await repository.serve(request, bytes, response))()
  }

  function find(method, pathname, uploads) {
    const enterprise = /^\/api\/(v3|uploads)(\/.*)$/.exec(pathname)
    const rest = enterprise?.[2] ?? pathname
    for (const { operation, method: wanted, pattern, names } of routes) {
      const match = wanted === method ? pattern.exec(rest) : null
      // An upload comes to the host, or the path, of uploads, and nothing else does.
      if (match === null || (operation === 'repos/upload-release-asset') !== (uploads || enterprise?.[1] === 'uploads')) continue
      return { operation, path: Object.fromEntries(names.map((one, at) => [one, decodeURIComponent(match[at + 1])])), flavour: enterprise === null ? 'github.com' : 'enterprise' }
    }
    return null
  }

  return {
    apiUrl: origins.api, enterpriseUrl: `${origins.api}/api/v3`, gitUrl: `${origins.api}/${full}.git`, repository, state, calls, violations, tokens,
    fail: (fault) => faults.add(fault),
    heal: () => faults.clear(),
    addCheck: ({ run = null, conclusion = null, ...check }) => state.checks.push({ id: state.nextId++, status: 'completed', conclusion, run, ...check }),
    addStatus: (status) => state.statuses.push({ id: state.nextId++, ...status }),
    addRelease({ tag, ...more }) {
      state.releases.push({
        id: state.nextId++, tag_name: tag, target_commitish: 'main', name: tag, body: '', draft: false, prerelease: false, immutable: false,
        created_at: '2026-01-01T00:00:00Z', published_at: '2026-01-01T00:00:00Z', assets: [], unseen: 0, ...more,
      })
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([api, uploading].map((server) => new Promise((resolve) => server.close(resolve))))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Fixed words before parameters, so that `releases/latest` is no release's number. */
function routesOf(all) {
  return Object.entries(all).map(([operation, { method, path }]) => {
    const names = []
    const pattern = path.replace(/\{(\w+)\}/g, (_, one) => {
      names.push(one)
      // Refs and what is compared go over several segments.
      return ['ref', 'basehead', 'tag'].includes(one) ? '(.+)' : '([^/]+)'
    })
    return { operation, method, names, pattern: new RegExp(`^${pattern}$`), fixed: path.replace(/\{\w+\}/g, '') }
  }).sort((a, b) => b.fixed.length - a.fixed.length)
}

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}

function send(response, status, headers, body) {
  if (body === null) response.writeHead(status, headers).end()
  else response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body))
}
