// A one-line change on a warm host: the floor, Slipway's redeploy and rollback, and a plain script, round by round on one host.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cpus } from 'node:os'
import { startLoad } from '../rig/load.mjs'
import { median, ms, table } from './figures.mjs'
import { call } from './programs.mjs'
import { runStub } from './stub.mjs'
import { connectOnce, floorOnce, prepareFloor } from './vm-floor.mjs'
import { makeCheckout, prepareHost, rig } from './vm-place.mjs'

const limits = { redeploy: 2, rollbackOverBoot: 1000, push: 1 }

const unit = `[Unit]
Description=The app as a plain script runs it
[Service]
WorkingDirectory=/srv/plain/app/src/py
ExecStart=/srv/plain/venv/bin/gunicorn main:app -k uvicorn_worker.UvicornWorker --workers 2 --bind 0.0.0.0:8000 --no-control-socket
Restart=always
[Install]
WantedBy=multi-user.target
`

const note = (text) => console.error(`  ${text}`)

async function act(action, host, checkout, inputs = {}) {
  const run = await runStub(action, { cwd: checkout.path, inputs: { ...host.reach, ...inputs } })
  if (run.code !== 0) throw new Error(`${action} ended with ${run.code}:\n${run.log.replace(/^::add-mask::.*\n/gm, '')}`)
  const report = run.outputs.report ? JSON.parse(run.outputs.report) : {}
  // By the report's clock, and by ours: the start and the end of the process belong to it too.
  const around = Math.max(0, run.wall - report.endedAt)
  // As its own timeline has it: the wait for the connection, and for the host program. So less is left to the action than to a push.
  const [, seconds = NaN] = /^ {2}connected .* ([0-9.]+) s$/m.exec(run.log) ?? []
  const [connection, provenFromSpawn] = [Number(seconds) * 1000, report.provenAt + around]
  return { wall: run.wall, proven: report.provenAt, provenFromSpawn, connection, withoutConnection: provenFromSpawn - connection, report }
}

/**
 * `git push` of a tag to the same host: milliseconds until Git has said that it is proven, and in all. Its connection cannot be
 * seen from outside: it is one like it, right before, on which nothing is done.
 */
async function pushOnce(host, checkout, version) {
  const connection = connectOnce(host)
  const pushed = await pushTimed(host, checkout, version)
  return { ...pushed, connection, withoutConnection: pushed.provenFromSpawn - connection }
}

function pushTimed(host, checkout, version) {
  const env = { ...process.env, GIT_SSH_COMMAND: ['ssh', ...host.ssh].join(' ') }
  const words = ['push', `ssh://root@${host.address}/srv/git/shop.git`, `v${version}`]
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn('git', words, { cwd: checkout.path, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let [said, proven] = ['', NaN]
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
      if (Number.isNaN(proven) && /^remote: +proven /m.test(said)) proven = performance.now() - began
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0 && !Number.isNaN(proven)) resolve({ wall: performance.now() - began, provenFromSpawn: proven })
      else reject(new Error(`git push ended with ${code}:\n${said}`))
    })
  })
}

function preparePlain(host) {
  host.shell(`
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update; apt-get -qq install --yes python3-venv; } >/dev/null 2>&1
    mkdir -p /srv/plain/app`)
  host.shell('cat >/etc/systemd/system/plain.service; systemctl daemon-reload; systemctl -q enable plain', unit)
}

/** What many workflows do today, as they do it: copy, venv, pip, restart; done when the new version answers. */
async function plainOnce(host, checkout, version) {
  const began = performance.now()
  const to = `root@${host.address}`
  call('scp', [...host.ssh, '-q', '-r', join(checkout.path, 'src'), join(checkout.path, 'VERSION'), `${to}:/srv/plain/app/`])
  call('ssh', [...host.ssh, to, 'python3 -m venv /srv/plain/venv'])
  call('ssh', [...host.ssh, to, '/srv/plain/venv/bin/pip install -q -r /srv/plain/app/src/py/requirements.txt'])
  call('ssh', [...host.ssh, to, 'systemctl restart plain'])
  for (;;) {
    const served = await fetch(`http://${host.address}:8000/`).then((answer) => answer.json()).catch(() => undefined)
    if (served?.version === version) return performance.now() - began
    if (performance.now() - began > 120_000) throw new Error('the plain script does not serve')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Requests that failed while it was done. */
async function failedDuring(host, port, work) {
  const load = startLoad({ address: host.address, port, rate: 50, kept: 5, seconds: 600, requests: ['GET /', 'POST /echo'] })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await work()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const { sent, failed, longestGap } = await load.stop()
  return { sent, failed, longestGap }
}

export async function vm({ rounds = 5 }) {
  note('a warm host')
  const host = prepareHost('bench')
  const checkout = makeCheckout()
  checkout.change()
  const [mirror, checksum] = rig('mirror').split('\n')
  await act('setup-vm', host, checkout, { mirror, 'mirror-checksum': checksum, 'git-push': 'true' })
  const times = { floor: [], redeploy: [], rollback: [], push: [], plain: [] }
  prepareFloor(host, checkout)
  preparePlain(host)
  for (let round = -1; round < rounds; round++) {
    // Round -1 fills the caches of all alike.
    note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`)
    const keep = (kind, time) => { if (round >= 0) times[kind].push(time) }
    keep('floor', floorOnce(host))
    if (round < 0) await act('push-release', host, checkout)
    checkout.change()
    keep('redeploy', await act('push-release', host, checkout))
    keep('rollback', await act('push-release', host, checkout, { operation: 'rollback' }))
    const version = checkout.change()
    keep('push', await pushOnce(host, checkout, version))
    keep('plain', await plainOnce(host, checkout, version))
  }
  note('once more under load')
  const load = {
    redeploy: await failedDuring(host, 80, () => (checkout.change(), act('push-release', host, checkout))),
    rollback: await failedDuring(host, 80, () => act('push-release', host, checkout, { operation: 'rollback' })),
    push: await failedDuring(host, 80, () => pushOnce(host, checkout, checkout.change())),
    plain: await failedDuring(host, 8000, () => plainOnce(host, checkout, checkout.change())),
  }
  note('with and without the sandbox')
  const hardening = hardeningOn(host, rounds)
  const version = host.run('python3', '--version')
  host.remove()
  checkout.remove()
  return told(times, load, hardening, { rounds, cpus: cpus().length, python: version, suite: 'bookworm' })
}

/** Boot to first answer of the service's own unit, with the lines of its sandbox and without, by turns; memory of what serves, idle. */
function hardeningOn(host, rounds) {
  const { times, memory, services, router } = host.python('bench/hardening.py', 'shop', String(Math.max(rounds, 9)))
  const [hardened, bare] = [median(times.hardened), median(times.bare)]
  return {
    boot: { hardened, bare, ratio: hardened / bare },
    memory: { services, router, hardened: median(memory.hardened), bare: median(memory.bare) },
  }
}

function told(times, load, hardening, about) {
  const of = (kind, field) => median(times[kind].map((one) => field ? one[field] : one))
  const floor = Object.fromEntries(['connect', 'environment', 'boot', 'total'].map((field) => [field, of('floor', field)]))
  const timed = (kind) => ({
    provenFromSpawn: of(kind, 'provenFromSpawn'), connection: of(kind, 'connection'), withoutConnection: of(kind, 'withoutConnection'),
    total: of(kind, 'wall'),
  })
  const measured = (kind) => ({
    proven: of(kind, 'proven'), ...timed(kind), ...load[kind],
  })
  const [redeploy, rollback] = [measured('redeploy'), measured('rollback')]
  const push = { ...timed('push'), ...load.push }
  const plain = { total: of('plain'), ...load.plain }
  const { traffic = null } = times.redeploy.at(-1).report.targets?.[0] ?? {}
  const ratios = {
    redeployToFloor: redeploy.provenFromSpawn / floor.total,
    rollbackOverBoot: rollback.provenFromSpawn - floor.boot,
    pushToRedeploy: push.withoutConnection / redeploy.withoutConnection,
    plainToRedeploy: plain.total / redeploy.provenFromSpawn,
  }
  const row = (title, time, total, ratio, { failed = '', sent = '', longestGap } = {}) =>
    [title, time, total, ratio, sent === '' ? '' : `${failed} of ${sent}`, longestGap === undefined ? '' : ms(longestGap)]
  console.log(table([
    ['a one-line change, warm host', 'until proven', 'in all', 'to the floor', 'failed requests', 'longest gap'],
    row('floor: ssh + environment + boot', ms(floor.total), '', '1.00'),
    row(`  ssh ${ms(floor.connect)}, environment ${ms(floor.environment)}, boot ${ms(floor.boot)}`, '', '', ''),
    row('Slipway, redeploy', ms(redeploy.provenFromSpawn), ms(redeploy.total), ratios.redeployToFloor.toFixed(2), redeploy),
    row('Slipway, rollback', ms(rollback.provenFromSpawn), ms(rollback.total), (rollback.provenFromSpawn / floor.total).toFixed(2), rollback),
    row('git push to the host', ms(push.provenFromSpawn), ms(push.total), (push.provenFromSpawn / floor.total).toFixed(2), push),
    row('plain: scp, venv, pip, restart', ms(plain.total), ms(plain.total), (plain.total / floor.total).toFixed(2), plain),
  ]))
  const beside = (title, one, ratio) =>
    [title, ms(one.provenFromSpawn), ms(one.connection), ms(one.withoutConnection), ratio.toFixed(2), ms(one.total)]
  console.log(`\n${table([
    ['a push beside the action', 'until proven', 'its connection', 'less that', 'ratio', 'in all'],
    beside('the action', redeploy, 1),
    beside('git push', push, ratios.pushToRedeploy),
  ])}`)
  const { boot, memory } = hardening
  const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
  console.log(`\n${table([
    ['what hardening costs', 'boot to first answer', 'ratio', 'memory (PSS)'],
    ['the service, as Slipway runs it', ms(boot.hardened), boot.ratio.toFixed(2), mb(memory.hardened)],
    ['the same unit without its sandbox', ms(boot.bare), '1.00', mb(memory.bare)],
    ['an idle activation: services', '', '', mb(memory.services)],
    ['an idle activation: router', '', '', mb(memory.router)],
  ])}`)
  const within = ratios.redeployToFloor <= limits.redeploy && ratios.rollbackOverBoot <= limits.rollbackOverBoot
    && ratios.pushToRedeploy <= limits.push && redeploy.failed === 0 && rollback.failed === 0 && push.failed === 0
  return { ...about, floor, redeploy, rollback, push, plain, hardening, traffic, ratios, limits, within }
}
