// One run of a contender of bench/peers.mjs under load: when it ended, what users saw of it, what it took; and what is left when it is killed.
import { startLoad } from '../rig/load.mjs'
import { publish } from './peers-place.mjs'
import { call, pause } from './programs.mjs'
import { rig } from './vm-place.mjs'

export const rate = 50
// Longer than any of them takes.
const patience = 120_000

async function until(what, holds) {
  const began = performance.now()
  while (!await holds()) {
    if (performance.now() - began > patience) throw new Error(`${what}: not in ${patience} ms`)
    await pause(100)
  }
}

/** `{ port }`'s service asked all the while: half on new connections, half on kept ones. */
async function loaded({ host }, { port }) {
  const load = startLoad({ address: host.address, port, rate, kept: 5, seconds: 600, requests: ['GET /', 'POST /echo'] })
  await pause(1000)
  return load
}

/**
 * A deed (`deploy` or `rollback`) after which nothing but `version` is to be served. Milliseconds: `served`, until it was so; `total`, until the
 * tool ended. `connections` to sshd; `cpu` seconds and `peak` bytes on the runner.
 */
export async function deed(place, contender, way, kind, version, options) {
  publish(place)
  const load = await loaded(place, contender)
  const before = place.connections()
  const { code, log, begun, ended, cpu, peak, report } = await contender[kind](version, way, options)
  if (code !== 0) throw new Error(`${contender.name} ended with ${code}:\n${log}`)
  await until(`${contender.name} serves ${version}`, () => load.soFar().changes.at(-1)?.to === version)
  const connections = place.connections() - before
  await pause(1000)
  const { startedAt, sent, failed, longestGap, changes } = await load.stop()
  const { at, to } = changes.at(-1)
  if (to !== version) throw new Error(`${contender.name} serves ${to} after ${version}:\n${log}`)
  return { served: startedAt + at - begun, total: ended - begun, proven: report?.provenAt ?? null, connections, cpu, peak, sent, failed, longestGap }
}

/** The folders of an app, and the version that is written where its processes have been started. */
function standing({ host }, { folder }) {
  const folders = host.shell(`find ${folder} -mindepth 1 -maxdepth 2 -type d -not -path '*/__pycache__*' | sort`).split('\n')
  const [code] = host.shell(`
    for process in $(pgrep -f gunicorn); do
      at=$(readlink /proc/$process/cwd || true)
      case $at in ${folder}/*) sed -n 's/^VERSION = "\\(.*\\)"/\\1/p' $at/release.py ;; esac
    done`).split('\n')
  return { folders, code }
}

/**
 * What a kill of the tool and of all that it started leaves on the host, when new files are there and nothing is done with them. `failed`
 * requests; `left`: folders more than before; `code`: the version in the folder of what serves, `serves`: that which answers.
 */
export async function struck(place, contender, way, version, serving) {
  publish(place)
  const load = await loaded(place, contender)
  const before = standing(place, contender)
  const { code, log } = await contender.deploy(version, way, { strikeAt: contender.striking })
  if (code >= 0) throw new Error(`${contender.name} ended with ${code} before it was killed:\n${log}`)
  const busy = () => place.host.shell("pgrep -fc '[s]shd: root@|[A]nsiballZ|[p]ip install|[h]ost/main.py' || true") !== '0'
  await until(`nobody works on the host any more for ${contender.name}`, () => !busy())
  const after = standing(place, contender)
  const { sent, failed, versions, changes } = await load.stop()
  return {
    sent, failed, left: after.folders.filter((one) => !before.folders.includes(one)), code: after.code,
    serves: changes.at(-1).to, others: Object.keys(versions).filter((one) => one !== serving),
  }
}

/** The host is restarted: the version that each then serves, by `app`; null where it does not within two minutes. */
export async function restarted({ host }, contenders) {
  call('docker', ['restart', host.container])
  rig('up', host.name, '--image', 'ready')
  const served = {}
  for (const { app, port } of contenders) {
    const ask = () => fetch(`http://${host.address}:${port}/`, { signal: AbortSignal.timeout(2000) }).then((answer) => answer.json()).catch(() => null)
    await until(app, async () => (served[app] = (await ask())?.version ?? null) !== null).catch(() => {})
  }
  return served
}
