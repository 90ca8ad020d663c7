// What bench/peers.mjs works on: one host for all, prepared for each of them, its connections counted, and a second way to it that takes its time.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { call } from './programs.mjs'
import { prepareFloor } from './vm-floor.mjs'
import { makeCheckout, prepareHost, way } from './vm-place.mjs'

const files = join(root, 'bench/peers')

/** Capistrano twice, each with a folder, a port and a unit of its own. */
export const capistranos = [{ venv: 'release', port: 8082, upstream: 9002 }, { venv: 'shared', port: 8083, upstream: 9003 }]

/** The same app, and what is replaced stays up. */
export const warmConfig = 'slipway-warm.yml'

export function preparePlace() {
  const host = prepareHost('bench-peers')
  const checkout = makeCheckout()
  const work = mkdtempSync(join(tmpdir(), 'slipway-bench-peers-'))
  const links = []
  const place = {
    host, checkout, work,
    // As each has it that brings a version: what is in its folder is what it brings.
    tree: join(work, 'tree'),
    connections: () => Number(host.shell('iptables --list INPUT 1 --verbose --numeric --exact').trim().split(/\s+/)[0]),
    /** Another way to the host, so many milliseconds there and back. */
    far: async (roundTrip) => {
      const link = await farLink(host, roundTrip, work)
      links.push(link)
      return link.way
    },
    remove() {
      for (const link of links) link.end()
      host.remove()
      checkout.remove()
      rmSync(work, { recursive: true })
    },
  }
  const config = readFileSync(join(checkout.path, 'slipway.yml'), 'utf8')
  writeFileSync(join(checkout.path, warmConfig), config.replace('rollout: { ', 'rollout: { warm: 5m, '))
  checkout.change()
  call('git', ['clone', '--quiet', checkout.path, place.tree])
  // Without a target a rule only counts: who asks for a connection to sshd.
  host.shell('iptables --insert INPUT --protocol tcp --dport 22 --syn')
  host.shell(`
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update; apt-get -qq install --yes --no-install-recommends git rsync supervisor python3-venv; } >/dev/null 2>&1
    useradd --system --shell /usr/sbin/nologin shop-capistrano
    git init --quiet --bare /srv/git/peers.git`)
  for (const one of capistranos) prepareForCapistrano(host, one)
  prepareFloor(host, checkout)
  publish(place)
  return place
}

/** What has to be there before Capistrano is run: a unit, a site, and as its remote a repository that costs it nothing to reach. */
function prepareForCapistrano(host, { venv, port, upstream }) {
  const site = readFileSync(join(files, 'ansible/templates/nginx.conf'), 'utf8')
  host.shell(`cat >/etc/nginx/conf.d/shop-${venv}.conf; nginx -s reload`, site.replaceAll('{{ port }}', port).replaceAll('{{ upstream }}', upstream))
  const unit = readFileSync(join(files, 'capistrano/shop.service'), 'utf8')
  host.shell(`cat >/etc/systemd/system/shop-${venv}.service; systemctl daemon-reload; systemctl -q enable shop-${venv}`,
    unit.replaceAll('DEPLOY_TO', `/srv/capistrano-${venv}`).replaceAll('PORT', upstream))
}

/** Every commit and tag is where each of them takes it from. */
export function publish({ host, checkout, tree }) {
  const env = { ...process.env, GIT_SSH_COMMAND: ['ssh', ...host.ssh].join(' ') }
  call('git', ['-C', checkout.path, 'push', '--quiet', '--mirror', `ssh://root@${host.address}/srv/git/peers.git`], { env })
  call('git', ['-C', tree, 'fetch', '--quiet', '--tags', 'origin'])
}

async function farLink(host, roundTrip, work) {
  const child = spawn('script/rig', ['far', host.name, String(roundTrip)], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const address = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (text) => resolve(text.trim()))
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`the link ended with ${code}`)))
  })
  const knownHosts = join(work, 'far_known_hosts')
  writeFileSync(knownHosts, readFileSync(host.knownHostsFile, 'utf8').replace(/^\S+/gm, address))
  return { way: way(address, host.keyFile, knownHosts), end: () => child.stdin.end() }
}
