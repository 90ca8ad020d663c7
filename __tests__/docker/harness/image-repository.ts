import { chmodSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeRepository, type Repository } from '../../host/harness/repository'
import { runAction, startAction, type ActionOptions, type ActionRun, type StartedAction } from '../../host/harness/action'
import { must } from '../../host/harness/command'
import { busybox, plugins } from './programs'

/** From nothing but a shell, so that no other image is needed. */
export const dockerfile = `FROM scratch AS base
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]

FROM base
COPY app /app
RUN date +%s%N > /dev/null && echo built > /built
USER 1000
CMD ["/bin/sh", "/app/main.sh"]
`

export interface ImageRepository extends Repository {
  /** Runs build-image in it. */
  run(options?: ActionOptions): Promise<ActionRun>
  start(options?: ActionOptions): Promise<StartedAction>
}

/** A docker config of the runner: Buildx, and the builder that is in use. */
export interface RunnerConfig {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  remove(): Promise<void>
}

/** With Buildx; with the address of a BuildKit that one is used, else the Engine's own. */
export async function runnerConfig(buildkit?: string): Promise<RunnerConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-config-'))
  mkdirSync(join(folder, 'cli-plugins'))
  cpSync(join(await plugins(), 'cli-plugins'), join(folder, 'cli-plugins'), { recursive: true, dereference: true })
  const env = { DOCKER_CONFIG: folder }
  if (buildkit !== undefined) await must('docker', ['buildx', 'create', '--name', 'rig', '--driver', 'remote', '--use', buildkit], { env: { ...process.env, ...env } })
  return { folder, env, remove: async () => await rm(folder, { recursive: true, force: true }) }
}

export async function imageRepository(image: string, env: Readonly<Record<string, string>>, files: Readonly<Record<string, string | undefined>> = {}): Promise<ImageRepository> {
  const repository = await makeRepository(undefined, { files: { Dockerfile: dockerfile, 'app/main.sh': 'echo hello\n', ...files } })
  writeFileSync(join(repository.path, 'busybox'), await busybox())
  chmodSync(join(repository.path, 'busybox'), 0o755)
  await repository.commit('with a shell')
  const whole = (options: ActionOptions): ActionOptions => ({
    workspace: repository.path, timeout: 240_000, ...options, inputs: { image, ...options.inputs }, env: { ...env, ...options.env },
  })
  return {
    ...repository,
    run: async (options = {}) => await runAction('build-image', whole(options)),
    start: async (options = {}) => await startAction('build-image', whole(options)),
  }
}
