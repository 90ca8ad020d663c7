import { statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { parseImageName, type ImageName } from '../../drivers/registry'
import { collecting, Failure, throwAll } from '../../errors'
import {
  parseArgument, parseLabels, parsePlatforms, parseSecret, parseSshId, type BuildArgument, type BuildSecret, type FoundFile,
} from '../../image/request'
import type { BuildImageInputs } from '../../inputs'
import type { RunContext } from '../run-context'

/** What the inputs mean, beyond their text. */
export interface Asked {
  /** Null: Compose files say. */
  readonly image: ImageName | null
  /** Compose files by name, as the input has them. */
  readonly composeFiles: readonly string[]
  readonly args: readonly BuildArgument[]
  /** Paths below `working-directory`, `.` for that itself. */
  readonly context: string
  readonly file: string | null
  /** Do the inputs name one Dockerfile, or a stage of one? */
  readonly namesOne: boolean
  /** Where to write a Dockerfile that is made, below `working-directory`; null: nowhere. */
  readonly writeTo: string | null
  readonly secrets: readonly BuildSecret[]
  /** Ids that steps mount. */
  readonly ssh: readonly string[]
  readonly platforms: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly cacheFrom: readonly string[]
  readonly cacheTo: readonly string[]
  /** Why nothing is pushed; empty: it is. */
  readonly notPushed: string
}

/** Throws all that is wrong with the inputs at once. */
export function readAsked(inputs: BuildImageInputs, context: RunContext): Asked {
  const failures: Failure[] = []
  const attempt = <T>(work: () => T): T | null => collecting(failures, work)
  const image = inputs.image === null ? null : attempt(() => parseImageName(inputs.image ?? ''))
  const args = inputs.buildArgs.map((line) => attempt(() => parseArgument(line, process.env)))
  const file = (path: string): FoundFile | null => fileAt(resolve(inputs.workingDirectory, path))
  const secrets = inputs.buildSecrets.map((line) => attempt(() => parseSecret(line, process.env, file)))
  const ssh = inputs.buildSsh.map((line) => attempt(() => parseSshId(line)))
  const folder = attempt(() => inRepository(inputs.context ?? '.', 'context'))
  const dockerfile = attempt(() => inputs.file === null ? null : inRepository(inputs.file, 'file'))
  const writeTo = attempt(() => inputs.writeDockerfile === null ? null : inRepository(inputs.writeDockerfile, 'write-dockerfile'))
  const platforms = attempt(() => parsePlatforms(inputs.platforms))
  const labels = attempt(() => parseLabels(inputs.labels))
  const { registryUsername: user, registryPassword: password } = inputs
  if ((user === null) !== (password === null)) failures.push(halfLogin(user === null ? 'registry-username' : 'registry-password'))
  if (inputs.provenance === 'max' && inputs.buildArgs.length > 0) failures.push(argumentsPublished())
  const one = Object.entries({ file: inputs.file, context: inputs.context, 'build-target': inputs.buildTarget })
    .filter(([, value]) => value !== null).map(([name]) => name)
  if (inputs.composeFile.length > 0 && one.length > 0) failures.push(contradicting(one))
  throwAll(failures)
  if (folder === null || platforms === null || labels === null) throw new Error('inputs were refused without a reason')
  return {
    image, composeFiles: inputs.composeFile, context: folder, file: dockerfile, namesOne: one.length > 0, writeTo, platforms, labels,
    ssh: ssh.length === 0 && inputs.buildSshKey !== null ? ['default'] : ssh.filter((id) => id !== null),
    args: args.filter((one) => one !== null), secrets: secrets.filter((one) => one !== null),
    cacheFrom: inputs.cacheFrom, cacheTo: inputs.cacheTo, notPushed: whyNotPushed(inputs.push, context),
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
  if (path.includes('\\')) {
    throw new Failure({ code: 'context-outside', what: `The input \`${input}\` has a backslash: \`${path}\`.`, cure: 'Separate folders with `/`, and begin at `working-directory`.' })
  }
  const normal = join('/', path).slice(1)
  const escapes = isAbsolute(path) || /^[a-z]+:\/\//i.test(path) || path.split(/[\\/]/).reduce((depth, part) =>
    depth < 0 ? depth : part === '..' ? depth - 1 : part === '' || part === '.' ? depth : depth + 1, 0) < 0
  if (!escapes) return normal === '' ? '.' : normal.replace(/\/$/, '')
  throw new Failure({
    code: 'context-outside', what: `The input \`${input}\` is \`${path}\`, which is outside of the repository's folder that is built.`,
    why: 'An image is of a commit: what is not in it cannot be told by its label.',
    cure: `Write a path below \`working-directory\`, such as \`${input}: ${input === 'context' ? 'src' : 'docker/Dockerfile'}\`; `
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

function contradicting(inputs: readonly string[]): Failure {
  return new Failure({
    code: 'inputs-contradict', what: `${inputs.map((name) => `\`${name}\``).join(', ')} and \`compose-file\` are given both.`,
    why: 'With Compose files each service says its own context, Dockerfile and stage.',
    cure: 'Write them at `build:` of the service (`context`, `dockerfile`, `target`), or take `compose-file` away.',
  })
}

export function argumentsPublished(): Failure {
  return new Failure({
    code: 'provenance-arguments', what: '`provenance: max` would publish the values of build arguments in the registry.',
    why: 'Whoever can pull the image can read its provenance.', cure: 'Write `provenance: min`, which holds no arguments.',
  })
}
