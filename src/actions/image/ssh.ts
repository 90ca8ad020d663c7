import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { Failure, type Position } from '../../errors'
import type { BuildSsh } from '../../image/request'

/** What a step of a Dockerfile mounts, by what the inputs or a Compose file say. */
export interface SshAsked {
  readonly id: string
  /** Of a key or a socket, as a Compose file may name it; null: the runner's agent, or the key of the input. */
  readonly path: string | null
  readonly at: Position | undefined
}

export interface SshSource {
  /** Where the key of the input has been written; null: there is none. */
  readonly keyFile: string | null
  readonly env: NodeJS.ProcessEnv
  /** From which paths count. */
  readonly folder: string
}

/** Milliseconds in which an agent has to answer. */
const patience = 5_000

/** Throws a `Failure` for what is not there, or empty: a step would find out much later, and say less. */
export async function resolveSsh({ id, path, at }: SshAsked, { keyFile, env, folder }: SshSource): Promise<BuildSsh> {
  if (path !== null) return await byPath(id, resolve(folder, path.replace(/^~(?=\/)/, env['HOME'] || homedir())), at)
  if (keyFile !== null) return { id, from: 'key', path: keyFile }
  const socket = env['SSH_AUTH_SOCK'] ?? ''
  if (socket === '') {
    throw missing(id, at, 'the variable SSH_AUTH_SOCK is not set, so no SSH agent runs in this job')
  }
  await requireKeys(id, socket, at)
  return { id, from: 'agent', path: socket }
}

/** The key of the input as a file's text. Throws a `Failure` that names the input. */
export async function keyText(key: string): Promise<string> {
  const { readPrivateKey } = await import('../../drivers/ssh')
  readPrivateKey(key, undefined, 'build-ssh-key')
  return `${key.replaceAll('\r\n', '\n').trim()}\n`
}

async function byPath(id: string, path: string, at: Position | undefined): Promise<BuildSsh> {
  const found = await stat(path).catch(() => null)
  if (found === null) throw missing(id, at, `${path} is not there`)
  if (found.isSocket()) {
    await requireKeys(id, path, at)
    return { id, from: 'agent', path }
  }
  if (!found.isFile() || found.size === 0) throw missing(id, at, `${path} is ${found.isFile() ? 'empty' : 'no file'}`)
  return { id, from: 'key', path }
}

async function requireKeys(id: string, socket: string, at: Position | undefined): Promise<void> {
  const count = await identities(socket).catch((error: unknown) => {
    throw missing(id, at, `the SSH agent at ${socket} does not answer (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  })
  if (count === 0) throw missing(id, at, `the SSH agent at ${socket} holds no key`)
}

/** How many keys an agent has: SSH_AGENTC_REQUEST_IDENTITIES, and the number in its answer. */
function identities(socket: string): Promise<number> {
  return new Promise((done, reject) => {
    const connection = connect(socket)
    let answer = Buffer.alloc(0)
    connection.setTimeout(patience, () => connection.destroy(new Error('no answer')))
    connection.on('error', reject)
    connection.on('close', () => reject(new Error('no answer')))
    connection.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length < 9) return
      done(answer[4] === 12 ? answer.readUInt32BE(5) : 0)
      connection.destroy()
    })
    connection.write(Buffer.from([0, 0, 0, 1, 11]))
  })
}

function missing(id: string, at: Position | undefined, why: string): Failure {
  return new Failure({
    code: 'build-ssh-missing', at, what: `Nothing answers for what the Dockerfile mounts by SSH as \`${id}\`: ${why}.`,
    why: 'A secret that is not set, or that this run may not read (a fork, Dependabot), comes as an empty text.',
    cure: 'Give the step `build-ssh-key: ${{ secrets.DEPLOY_KEY }}`; or start an agent by a step before, and add a key to it.',
  })
}

