// Who is measured by bench/compose.mjs: each knows how it brings a version to the host, and how it goes back.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { password } from './compose-project.mjs'
import { call, run } from './programs.mjs'
import { runStub } from './stub.mjs'

/** compose-up, and the two that it is held against: `{ name, url, version, deploy(version, limit), rollback(version) }`; `version` serves. */
export async function contenders(host, project, work) {
  const each = [await composeUp(host, project), oneLogin(host, project), remote(host, project, work)]
  return each.map(({ name, port, deploy, rollback = deploy }) => {
    const contender = { name, url: `http://${host.address}:${port}/`, version: undefined }
    const kept = (how) => async (version, limit) => {
      const told = await how(version, limit)
      if (told.code === 0) contender.version = version
      return told
    }
    return Object.assign(contender, { deploy: kept(deploy), rollback: kept(rollback) })
  })
}

async function composeUp(host, project) {
  const act = async (action, inputs = {}) => {
    const { code, log } = await runStub(action, { cwd: project.path, env: { POSTGRES_PASSWORD: password }, inputs: { ...host.reach, ...inputs } })
    return { code, log: log.replace(/^::add-mask::.*\n/gm, '') }
  }
  const ready = await act('setup-vm')
  if (ready.code !== 0) throw new Error(ready.log)
  return {
    name: 'compose-up', port: 80,
    deploy: (version) => act('compose-up', { images: project.images.get(version) }),
    rollback: () => act('compose-up', { operation: 'rollback' }),
  }
}

const commands = 'docker compose pull --quiet && docker compose up --detach --wait'

/** The files are there already, and nothing but the version goes over. */
function oneLogin(host, project) {
  const port = 8081
  host.shell('mkdir -p /srv/plain; cat >/srv/plain/compose.yaml', project.compose(port))
  host.shell('cat >/srv/plain/web.env', 'LOG_LEVEL=info\nWEB_CONCURRENCY=2\n')
  host.shell('cat >/srv/plain/.env', `POSTGRES_PASSWORD=${password}\nCOMPOSE_PROJECT_NAME=plain\n`)
  return {
    name: 'compose, one login', port,
    deploy: (version, limit) => run('ssh', [...host.ssh, `root@${host.address}`, `cd /srv/plain && export VERSION=${version} && ${commands}`], { limit }),
  }
}

/** docker here, with Compose as a plugin; the Engine there, a connection to sshd for each that Compose opens. */
function remote(host, project, work) {
  const [port, folder, programs, config] = [8082, ...['remote', 'programs', 'docker-config'].map((name) => join(work, name))]
  for (const made of [folder, programs, join(config, 'cli-plugins')]) mkdirSync(made, { recursive: true })
  symlinkSync(call('rig/image/compose', []), join(config, 'cli-plugins/docker-compose'))
  writeFileSync(join(folder, 'compose.yaml'), project.compose(port))
  writeFileSync(join(folder, 'web.env'), 'LOG_LEVEL=info\nWEB_CONCURRENCY=2\n')
  // docker takes the ssh of the path, and no options for it.
  const quoted = host.ssh.map((word) => `'${word}'`).join(' ')
  writeFileSync(join(programs, 'ssh'), `#!/bin/sh\nexec ${call('sh', ['-c', 'command -v ssh'])} ${quoted} "$@"\n`)
  chmodSync(join(programs, 'ssh'), 0o755)
  const env = {
    PATH: `${programs}:${process.env.PATH}`, DOCKER_CONFIG: config, DOCKER_HOST: `ssh://root@${host.address}`,
    POSTGRES_PASSWORD: password, COMPOSE_PROJECT_NAME: 'remote',
  }
  return {
    name: 'compose, DOCKER_HOST=ssh', port,
    deploy: (version, limit) => run('sh', ['-c', `cd ${folder} && ${commands}`], { env: { ...env, VERSION: version }, limit }),
  }
}
