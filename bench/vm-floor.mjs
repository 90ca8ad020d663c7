// What nobody can go below on a host: one connection, the environment from a warm cache, and the app's boot with compiled bytecode.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { call } from './programs.mjs'

export function prepareFloor(host, checkout) {
  const folder = call('rig/mirror', ['folder'], { stdio: ['ignore', 'pipe', 'inherit'] }).split('\n')[0]
  const archive = call('find', [folder, '-name', 'uv-*.tar.gz'])
  host.run('mkdir', '-p', '/srv/floor/app')
  host.unpack(readFileSync(archive), '/srv/floor', '-z', '--strip-components=1')
  host.unpack(execFileSync('tar', ['-C', checkout.path, '-c', '.'], { maxBuffer: 64 << 20 }), '/srv/floor/app', '--no-same-owner')
}

/** Milliseconds of `ssh … true`. */
export function connectOnce({ ssh, address }) {
  const began = performance.now()
  call('ssh', [...ssh, `root@${address}`, 'true'])
  return performance.now() - began
}

/** `way`: how the host is reached, as bench/vm-place.mjs has it. */
export function floorOnce(host, way = host) {
  const connect = connectOnce(way)
  const { venv, install, boot } = host.python('bench/floor.py', '/srv/floor/uv', '/srv/floor')
  return { connect, environment: venv + install, boot, total: connect + venv + install + boot }
}
