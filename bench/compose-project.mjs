// What bench/compose.mjs works on: a host with Docker of its own, and examples/compose-notes with images that are pushed beforehand.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { call } from './programs.mjs'

export const password = 'correct horse battery staple'

const rig = (...words) => call('script/rig', words, { stdio: ['ignore', 'pipe', 'inherit'] })

export function prepareHost() {
  // Whoever has hosts of their own to test on has one of their own to measure on.
  const name = ['bench-compose', process.env['SLIPWAY_TEST_HOSTS']].filter(Boolean).join('-')
  rig('down', name)
  const address = rig('up', name, '--image', 'docker')
  const [keyFile, knownHostsFile] = rig('key', name).split('\n')
  const shell = (script, input = '') => call('docker', ['exec', '-i', `slipway-rig-${name}`, 'sh', '-ec', script], { input })
  // Without a target a rule only counts: who asks for a connection to sshd.
  shell('iptables --insert INPUT --protocol tcp --dport 22 --syn')
  return {
    address, shell,
    ssh: ['-F', 'none', '-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHostsFile}`],
    reach: { hosts: `root@${address}`, 'ssh-key': readFileSync(keyFile, 'utf8'), 'known-hosts': readFileSync(knownHostsFile, 'utf8') },
    connections: () => Number(shell('iptables --list INPUT 1 --verbose --numeric --exact').trim().split(/\s+/)[0]),
    remove: () => rig('down', name),
  }
}

/** The example in a repository at `work/notes`; `release()` changes a line, commits, tags, builds and pushes: the version. */
export function prepareProject(work) {
  const path = join(work, 'notes')
  cpSync(join(root, 'examples/compose-notes'), path, { recursive: true })
  const image = `bench-${Date.now().toString(36)}/web`
  const file = join(path, 'compose.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/notes/web:', `/${image}:`))
  // No bake: it is a gate after the proof.
  writeFileSync(join(path, 'slipway.yml'), 'app: notes\ntarget: docker\ntag-prefix: v\nrollout: { bake: 0s, drain: 5s }\n')
  const author = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }
  const git = (...words) => call('git', words, { cwd: path, env: { ...process.env, ...author } })
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'first')
  const source = readFileSync(join(path, 'main.py'), 'utf8')
  let number = 0
  const images = new Map()
  return {
    path, images,
    compose: (port) => readFileSync(file, 'utf8').replace("'80:8000'", `'${port}:8000'`),
    release(variant = 'good') {
      const version = `1.0.${number++}`
      writeFileSync(join(path, 'main.py'), source.replace(/^VERSION = .*$/m, `$&  # ${version}`))
      git('add', '--all')
      git('commit', '--quiet', '--message', version)
      git('tag', `v${version}`)
      images.set(version, call('rig/example-images', [path, version, '--variant', variant], { stdio: ['ignore', 'pipe', 'inherit'] }))
      return version
    },
  }
}
