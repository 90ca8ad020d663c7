// What bench/vm.mjs and bench/peers.mjs work on: a prepared host, and the shop's Python service in a repository.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { call } from './programs.mjs'

// The Python service alone: what the floor boots is what is deployed. No bake: it is a gate after the proof.
const config = `app: shop
services:
  api:
    path: src/py
    runtime: python
    start: gunicorn main:app -k uvicorn_worker.UvicornWorker --workers 2 --bind 127.0.0.1:$PORT --no-control-socket
    route: /
    health: /
rollout: { bake: 0s, drain: 5s }
`

export const rig = (...words) => call('script/rig', words, { stdio: ['ignore', 'pipe', 'inherit'] })

/** Options of ssh for a host: its own key and nothing of the user's. */
const sshOptions = (keyFile, knownHostsFile) => [
  '-F', 'none', '-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHostsFile}`,
]

/** How a host is reached at an address: for ssh, and as inputs of an action. */
export const way = (address, keyFile, knownHostsFile) => ({
  address, keyFile, knownHostsFile, ssh: sshOptions(keyFile, knownHostsFile),
  reach: { hosts: `root@${address}`, 'ssh-key': readFileSync(keyFile, 'utf8'), 'known-hosts': readFileSync(knownHostsFile, 'utf8') },
})

/** A host that has what setup-vm would install. Whoever has hosts of their own to test on has one of their own to measure on. */
export function prepareHost(purpose) {
  const name = [purpose, process.env['SLIPWAY_TEST_HOSTS']].filter(Boolean).join('-')
  const container = `slipway-rig-${name}`
  rig('down', name)
  const address = rig('up', name, '--image', 'ready')
  // What goes there goes by a program's input. `docker cp` into a host that runs leaves it dozens of mounts, and systemd reads the list
  // of them again and again for every sandbox: what is measured afterwards would be slower by that.
  const given = (input, ...words) => call('docker', ['exec', '-i', container, ...words], { input })
  return {
    name, container, ...way(address, ...rig('key', name).split('\n')),
    run: (...words) => given('', ...words),
    shell: (script, input = '') => given(input, 'sh', '-ec', script),
    python: (script, ...words) => JSON.parse(given(readFileSync(join(root, script)), 'python3', '-', ...words)),
    unpack: (archive, folder, ...options) => given(archive, 'tar', '-C', folder, '-x', ...options),
    remove: () => rig('down', name),
  }
}

/** `change()` changes one line of one source file, commits and tags: the version, which `version()` then says again. */
export function makeCheckout() {
  const path = mkdtempSync(join(tmpdir(), 'slipway-bench-shop-'))
  const wanted = (file) => !/node_modules|__pycache__|src\/js/.test(file)
  cpSync(join(root, 'examples/shop'), path, { recursive: true, filter: wanted })
  writeFileSync(join(path, 'slipway.yml'), config)
  const author = {
    GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
  }
  const git = (...words) => call('git', words, { cwd: path, env: { ...process.env, ...author } })
  git('init', '--quiet', '--initial-branch', 'main')
  let number = 0
  const change = () => {
    const file = join(path, 'src/py/release.py')
    const version = `1.0.${number++}`
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^VERSION = .*$/m, `VERSION = "${version}"`))
    git('add', '--all')
    git('commit', '--quiet', '--message', version)
    git('tag', `v${version}`)
    return version
  }
  return { path, change, version: () => `1.0.${number - 1}`, remove: () => rmSync(path, { recursive: true }) }
}
