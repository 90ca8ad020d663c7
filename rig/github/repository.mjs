// The Git repository that the server stands on: a real bare one, which is served by smart HTTP, too.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const identity = {
  GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
}
/** Tags of immutable releases stay what they are, for whoever pushes. */
const updateHook = `#!/bin/sh
grep -qxF "$1" "$GIT_DIR/immutable" 2>/dev/null || exit 0
echo "Cannot update or delete $1: it belongs to an immutable release" >&2
exit 1
`

export class Repository {
  /** Files are below `folder`, as OWNER/NAME.git. */
  constructor(folder, name) {
    this.root = folder
    this.path = join(folder, `${name}.git`)
    mkdirSync(this.path, { recursive: true })
    this.git('init', '--quiet', '--bare', '--initial-branch=main')
    this.git('config', 'http.receivepack', 'true')
    const hook = join(this.path, 'hooks', 'update')
    mkdirSync(join(hook, '..'), { recursive: true })
    writeFileSync(hook, updateHook)
    chmodSync(hook, 0o755)
    writeFileSync(join(this.path, 'immutable'), '')
  }

  git(...words) {
    return execFileSync('git', words, { cwd: this.path, env: { ...process.env, ...identity }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  }

  /** The same; null when Git refuses. */
  asked(...words) {
    try {
      return this.git(...words)
    } catch {
      return null
    }
  }

  /** A commit on a branch, with one file more or another; its hash. */
  commit(message, { branch = 'main', file = 'file.txt', text = message } = {}) {
    const before = this.asked('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`)
    const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: this.path, input: text, encoding: 'utf8' }).trim()
    const listed = before === null ? [] : this.git('ls-tree', before).split('\n').filter((line) => line !== '' && !line.endsWith(`\t${file}`))
    const tree = execFileSync('git', ['mktree'], { cwd: this.path, input: [...listed, `100644 blob ${blob}\t${file}`, ''].join('\n'), encoding: 'utf8' }).trim()
    const commit = this.git('commit-tree', tree, '-m', message, ...(before === null ? [] : ['-p', before]))
    this.git('update-ref', `refs/heads/${branch}`, commit)
    return commit
  }

  /** The commit that a name stands for; null when there is none. */
  commitOf(name) {
    return this.asked('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
  }

  /** The object that a full name of a ref stands for, with its type. */
  refOf(name) {
    const sha = this.asked('rev-parse', '--verify', '--quiet', '--end-of-options', name)
    return sha === null ? null : { ref: name, sha, type: this.git('cat-file', '-t', sha) }
  }

  /** Whoever pushes cannot change this tag any more. */
  lock(tag) {
    writeFileSync(join(this.path, 'immutable'), `refs/tags/${tag}\n`, { flag: 'a' })
  }

  /** Answers a request of Git's by its own program. */
  serve({ method, url, headers }, body, response) {
    const { pathname, search } = new URL(url, 'http://git')
    const backend = spawn('git', ['http-backend'], { env: {
      PATH: process.env.PATH, GIT_PROJECT_ROOT: this.root, GIT_HTTP_EXPORT_ALL: '1', REQUEST_METHOD: method,
      PATH_INFO: pathname.replace(/^(\/[^/]+\/[^/]+?)(\.git)?\//, '$1.git/'), QUERY_STRING: search.slice(1), REMOTE_USER: 'x-access-token',
      CONTENT_TYPE: headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '', GIT_PROTOCOL: headers['git-protocol'] ?? '',
    }, stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks = []
    backend.stdout.on('data', (chunk) => chunks.push(chunk))
    backend.stdin.on('error', () => undefined)
    backend.stdin.end(body)
    return new Promise((resolve) => backend.on('close', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const lines = all.subarray(0, end).toString().split('\r\n').map((line) => line.split(': '))
      const { Status: status = '200', ...rest } = Object.fromEntries(lines)
      resolve(() => response.writeHead(Number.parseInt(status, 10), rest).end(all.subarray(end + 4)))
    }))
  }
}
