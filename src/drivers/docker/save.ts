import { spawn } from 'node:child_process'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../errors'
import { findEngine } from './builder'
import { runDocker } from './process'

export interface Asking {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
}

/** What an image of docker's Engine is called by its content. Throws a `Failure`: `image-missing`, `engine-unreachable`, `docker-missing`. */
export async function imageId(name: string, { env, signal }: Asking): Promise<string> {
  const { code, stdout, stderr } = await runDocker(['image', 'inspect', '--format', '{{.Id}}', name], { env, signal })
  if (code === 0) return stdout.trim()
  // Without an Engine there is no image either, and that is the better reason.
  await findEngine(env, signal)
  throw new Failure({
    code: 'image-missing',
    what: `The image ${name} is not in the Docker Engine of this runner.`,
    why: 'It is to travel from there to the hosts.',
    cure: `Build it in an earlier step of the same job (docker build --tag ${name} .; with build-image: \`load: true\`), or see what there is: docker image ls`,
    evidence: [{ source: 'docker image inspect', text: stderr }],
  })
}

/** The archive of an image, in a file below `folder` that has no name any more: it ends with the process, however that ends. */
export async function saveImage(id: string, folder: string, { env, signal }: Asking): Promise<FileHandle> {
  const file = await unnamed(folder)
  try {
    const { code, stderr } = await save(id, file, env, signal)
    if (code === 0) return file
    throw new Failure({
      code: 'image-not-saved',
      what: `docker cannot save the image ${id}.`,
      why: stderr.trim().split('\n').at(-1),
      cure: 'Look at the disk of the runner (df -h) and at its Engine (docker image ls), then run this again.',
      evidence: [{ source: 'docker image save', text: stderr }],
    })
  } catch (error) {
    await file.close()
    throw error
  }
}

async function unnamed(folder: string): Promise<FileHandle> {
  const own = await mkdtemp(join(folder, 'slipway-image-'))
  try {
    return await open(join(own, 'image.tar'), 'wx+', 0o600)
  } finally {
    await rm(own, { recursive: true })
  }
}

function save(id: string, file: FileHandle, env: Readonly<Record<string, string>>, signal: AbortSignal | undefined):
Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ['image', 'save', id], { env, stdio: ['ignore', file.fd, 'pipe'], signal, killSignal: 'SIGKILL' })
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => { stderr = `${stderr}${chunk.toString('utf8')}`.slice(-16_384) })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, stderr }))
  })
}
