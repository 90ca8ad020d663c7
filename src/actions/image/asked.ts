import { statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { parseImageName, type ImageName } from '../../drivers/registry'
import { collecting, Failure, throwAll } from '../../errors'
import {
  parseArgument, parseLabels, parsePlatforms, parseSecret, type BuildArgument, type BuildSecret, type FoundFile,
} from '../../image/request'
import type { BuildImageInputs } from '../../inputs'
import type { RunContext } from '../run-context'

/** What the inputs mean, beyond their text. */
export interface Asked {
  readonly image: ImageName
  readonly args: readonly BuildArgument[]
  /** Paths below `working-directory`, `.` for that itself. */
  readonly context: string
  readonly file: string | null
  readonly secrets: readonly BuildSecret[]
  readonly platforms: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Why nothing is pushed; empty: it is. */
  readonly notPushed: string
}

/** Throws all that is wrong with the inputs at once. */
export function readAsked(inputs: BuildImageInputs, context: RunContext): Asked {
  const failures: Failure[] = []
  const attempt = <T>(work: () => T): T | null => collecting(failures, work)
  const image = attempt(() => parseImageName(inputs.image))
  const args = inputs.buildArgs.map((line) => attempt(() => parseArgument(line, process.env)))
  const file = (path: string): FoundFile | null => fileAt(resolve(inputs.workingDirectory, path))
  const secrets = inputs.buildSecrets.map((line) => attempt(() => parseSecret(line, process.env, file)))
  const folder = attempt(() => inRepository(inputs.context, 'context'))
  const dockerfile = attempt(() => inputs.file === null ? null : inRepository(inputs.file, 'file'))
  const platforms = attempt(() => parsePlatforms(inputs.platforms))
  const labels = attempt(() => parseLabels(inputs.labels))
  const { registryUsername: user, registryPassword: password } = inputs
  if ((user === null) !== (password === null)) failures.push(halfLogin(user === null ? 'registry-username' : 'registry-password'))
  if (inputs.provenance === 'max' && inputs.buildArgs.length > 0) failures.push(argumentsPublished())
  throwAll(failures)
  if (image === null || folder === null || platforms === null || labels === null) throw new Error('inputs were refused without a reason')
  return {
    image, context: folder, file: dockerfile, platforms, labels,
    args: args.filter((one) => one !== null), secrets: secrets.filter((one) => one !== null),
    notPushed: whyNotPushed(inputs.push, context),
  }
}

function whyNotPushed(push: BuildImageInputs['push'], { event }: RunContext): string {
  if (push === 'false') return 'the input `push` is false'
  return push === 'auto' && /^pull_request/.test(event) ? 'this run is of a pull request; `push: true` pushes all the same' : ''
}

function fileAt(path: string): FoundFile | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? { path, bytes: found.size } : null
}

/** A path of an input as a path below the app's folder. */
function inRepository(path: string, input: string): string {
  const normal = join('/', path).slice(1)
  const escapes = isAbsolute(path) || /^[a-z]+:\/\//i.test(path) || path.split(/[\\/]/).reduce((depth, part) =>
    depth < 0 ? depth : part === '..' ? depth - 1 : part === '' || part === '.' ? depth : depth + 1, 0) < 0
  if (!escapes) return normal === '' ? '.' : normal.replace(/\/$/, '')
  throw new Failure({
    code: 'context-outside', what: `The input \`${input}\` is \`${path}\`, which is outside of the repository's folder that is built.`,
    why: 'An image is of a commit: what is not in it cannot be told by its label.',
    cure: `Write a path below \`working-directory\`, such as \`${input}: ${input === 'file' ? 'docker/Dockerfile' : 'src'}\`; `
      + 'for something above it, set `working-directory` to the folder above.',
  })
}

/** A user without a password, or the other way round. */
export function halfLogin(missing: string): Failure {
  return new Failure({
    code: 'registry-login', what: `The input \`${missing}\` is empty, and its other half is not.`,
    why: 'A secret that is not set, or that this run may not read (a fork, Dependabot), comes as an empty text.',
    cure: 'Give both `registry-username` and `registry-password`; or neither, and log in by a step before.',
  })
}

function argumentsPublished(): Failure {
  return new Failure({
    code: 'provenance-arguments', what: '`provenance: max` would publish the values of `build-args` in the registry.',
    why: 'Whoever can pull the image can read its provenance.', cure: 'Write `provenance: min`, which holds no arguments.',
  })
}
