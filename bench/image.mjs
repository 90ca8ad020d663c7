// build-image against `docker buildx build --push` of the same Dockerfile by the same BuildKit to the same registry, in turns:
//   cold        nothing in the builder's cache, nothing in the registry
//   unchanged   the commit is in the registry, and the runner is a fresh one: nothing in the builder's cache
//   warm        the same on the machine that has just built it; no limit, for that is a look at a cache against a look at a registry
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { median, ms, table } from './figures.mjs'
import { runStub } from './stub.mjs'

const limits = { cold: 1.15, unchanged: 0.5 }
const megabytes = 8

// A shell, data that does not compress, and a few seconds of work: a small app's image of 16 MB of its own, without the network.
// BuildKit compresses layers once more when it rewrites their times, so the more there is in them the more that costs.
const dockerfile = `FROM scratch AS build
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY data /data
RUN for i in $(seq 80); do sha256sum /data; done > /sums && gzip -1 < /data > /data.gz

FROM build
COPY app /app
RUN cp /sums /app/sums
CMD ["/bin/sh", "/app/main.sh"]
`

export async function image({ rounds = 5 }) {
  const call = (program, words, options = {}) => execFileSync(program, words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options }).trim()
  const config = mkdtempSync(join(tmpdir(), 'slipway-bench-docker-'))
  cpSync(join(call('rig/image/plugins', []), 'cli-plugins'), join(config, 'cli-plugins'), { recursive: true, dereference: true })
  const registry = call('rig/image/registry', [])
  const env = { ...process.env, DOCKER_CONFIG: config }
  const docker = (...words) => call('docker', words, { env, cwd: checkout })
  const checkout = repository(call('rig/image/busybox', []))
  docker('buildx', 'create', '--name', 'bench', '--driver', 'remote', '--use', call('rig/image/buildkit', []))
  const name = `${registry}/bench/${Date.now()}`
  const kinds = ['cold', 'unchanged', 'warm']
  const times = Object.fromEntries(['buildx', 'build-image'].flatMap((who) => kinds.map((kind) => [`${who}, ${kind}`, []])))
  const prune = () => docker('buildx', 'prune', '--all', '--force')

  const buildx = async (target) => {
    const began = performance.now()
    docker('buildx', 'build', '--push', '--tag', `${target}:latest`, '.')
    return performance.now() - began
  }
  const action = async (target) => {
    const { code, log, wall } = await runStub('build-image', { cwd: checkout, env: { DOCKER_CONFIG: config }, inputs: { image: target } })
    if (code !== 0) throw new Error(log)
    return wall
  }
  for (let round = -1; round < rounds; round++) {
    for (const [who, run] of [['buildx', buildx], ['build-image', action]]) {
      // In a repository of its own: nothing is there yet.
      const target = `${name}-${who}-${round + 1}`
      for (const kind of kinds) {
        if (kind !== 'warm') prune()
        const took = await run(target)
        // The first round is for the page cache.
        if (round >= 0) times[`${who}, ${kind}`].push(took)
      }
    }
  }
  for (const made of [config, checkout]) rmSync(made, { recursive: true })
  const of = (key) => median(times[key])
  const ratios = Object.fromEntries(kinds.map((kind) => [kind, of(`build-image, ${kind}`) / of(`buildx, ${kind}`)]))
  console.log(table([
    [`medians of ${rounds}, ${cpus().length} cores`, 'docker buildx build --push', 'build-image', 'ratio', 'limit'],
    ...kinds.map((key) => [key, ms(of(`buildx, ${key}`)), ms(of(`build-image, ${key}`)), ratios[key].toFixed(2), limits[key]?.toFixed(2) ?? '']),
  ]))
  return { rounds, times, ratios, limits, within: ratios.cold <= limits.cold && ratios.unchanged <= limits.unchanged }
}

function repository(busybox) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-image-'))
  mkdirSync(join(folder, 'app'))
  cpSync(busybox, join(folder, 'busybox'))
  writeFileSync(join(folder, 'data'), randomBytes(megabytes * 1024 ** 2))
  writeFileSync(join(folder, 'app/main.sh'), 'echo hello\n')
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  // Both see the same context.
  writeFileSync(join(folder, '.dockerignore'), '.git\n')
  const author = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }
  const git = (...words) => execFileSync('git', words, { cwd: folder, env: { ...process.env, ...author }, stdio: 'ignore' })
  git('init', '--initial-branch', 'main')
  git('add', '--all')
  git('commit', '--message', 'first')
  git('tag', 'v1.0.0')
  return folder
}
