// Who is measured by bench/peers.mjs: each knows how it brings a version to the host, and how it goes back.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { measured } from './measured.mjs'
import { capistranos, warmConfig } from './peers-place.mjs'
import { call } from './programs.mjs'
import { prepareStub } from './stub.mjs'

/**
 * `{ name, by, app, port, folder, striking, deploy(version, way, options), rollback(version, way, options) }`, the latter two with what `measured` gives.
 * `app`: who have the same one bring versions to the same service. `striking`: the output by which new files are on the host, and nothing is done with them.
 */
export const contenders = (place) => [
  slipway(place),
  slipway(place, 'Slipway, warm', { config: warmConfig }),
  push(place),
  ansible(place, 'whole playbook', 'site.yml'),
  ansible(place, 'release alone', 'deploy.yml'),
  ...capistranos.map((one) => capistrano(place, one)),
]

const ours = { by: 'slipway', app: 'slipway', port: 80, folder: '/opt/shop' }

export async function act({ checkout }, action, way, inputs, options) {
  const { script, env, cwd, outputs, remove } = prepareStub(action, { cwd: checkout.path, inputs: { ...way.reach, ...inputs } })
  try {
    const { log, ...told } = await measured([process.execPath, script], { env, cwd, ...options })
    return { ...told, log: log.replace(/^::add-mask::.*\n/gm, ''), report: JSON.parse(outputs().report ?? '{}') }
  } finally {
    remove()
  }
}

const slipway = (place, name = 'Slipway', inputs = {}) => ({
  ...ours, name, striking: /^ {2}staged /m,
  // What is checked out is what is deployed.
  deploy: (version, way, options) => act(place, 'push-release', way, inputs, options),
  rollback: (version, way, options) => act(place, 'push-release', way, { ...inputs, operation: 'rollback' }, options),
})

/** `git push` to the host, and the way back that is typed there. */
const push = ({ checkout }) => ({
  ...ours, name: 'Slipway, git push', striking: /^remote: +staged /m,
  deploy: (version, way, options) => measured(['git', 'push', `ssh://root@${way.address}/srv/git/shop.git`, `v${version}`], {
    cwd: checkout.path, env: { ...process.env, GIT_SSH_COMMAND: ['ssh', ...way.ssh].join(' ') }, ...options,
  }),
  rollback: (version, way, options) => measured(['ssh', ...way.ssh, `root@${way.address}`, 'slipway rollback shop'], options),
})

/** The playbook again for the former version: its tree is checked out beforehand. */
function ansible({ work, tree }, kind, playbook) {
  const folder = join(root, 'bench/peers/ansible')
  const control = join(work, 'control')
  mkdirSync(control, { recursive: true })
  const play = (version, way, options) => {
    call('git', ['-C', tree, 'checkout', '--quiet', `v${version}`])
    const inventory = join(work, 'inventory')
    const known = `-F none -o UserKnownHostsFile=${way.knownHostsFile}`
    writeFileSync(inventory, `shop ansible_host=${way.address} ansible_user=root ansible_ssh_private_key_file=${way.keyFile} ansible_ssh_common_args='${known}'\n`)
    const env = {
      ...process.env, ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_SSH_CONTROL_PATH_DIR: control, ANSIBLE_HOME: join(work, 'ansible'),
    }
    return measured(['ansible-playbook', '--inventory', inventory, '--extra-vars', `checkout=${tree}`, join(folder, playbook)], { env, ...options })
  }
  return { by: 'ansible', app: 'ansible', port: 8081, folder: '/srv/ansible', name: `Ansible, ${kind}`, striking: /TASK \[Python packages\]/, deploy: play, rollback: play }
}

function capistrano(place, { venv, port }) {
  const cap = (task, env, way, options) => measured(['cap', 'production', task], {
    cwd: join(root, 'bench/peers/capistrano'),
    env: { ...process.env, VENV: venv, PORT: String(port), HOST: way.address, SSH_KEY: way.keyFile, KNOWN_HOSTS: way.knownHostsFile, ...env },
    ...options,
  })
  return {
    by: 'capistrano', app: `capistrano-${venv}`, port, folder: `/srv/capistrano-${venv}`,
    name: venv === 'release' ? 'Capistrano, venv a release' : 'Capistrano, one venv',
    striking: /bin\/pip install/,
    deploy: (version, way, options) => cap('deploy', { REVISION: `v${version}` }, way, options),
    rollback: (version, way, options) => cap('deploy:rollback', {}, way, options),
  }
}
