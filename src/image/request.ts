import { Failure } from '../errors'

/** `NAME=value`, or a variable of the step by its name. */
export interface BuildArgument {
  readonly name: string
  readonly value: string
}

/** What a step of the Dockerfile may mount. Its value is not here: docker takes it from where it is. */
export type BuildSecret =
  | { readonly id: string; readonly from: 'env'; readonly name: string; readonly value: string }
  | { readonly id: string; readonly from: 'file'; readonly path: string }

/** What forwards an SSH agent, or a key, to steps that mount it: a path in either case, so no key is among docker's words. */
export interface BuildSsh {
  readonly id: string
  readonly from: 'agent' | 'key'
  /** Of the agent's socket, or of a file with the key. */
  readonly path: string
}

/** What is built, and how, as far as the user says. */
export interface BuildRequest {
  /** Absolute folder of the context. */
  readonly context: string
  /** Absolute. */
  readonly dockerfile: string
  readonly target: string | null
  readonly args: readonly BuildArgument[]
  readonly secrets: readonly BuildSecret[]
  readonly ssh: readonly BuildSsh[]
  /** Further contexts by their name: absolute folders, or what BuildKit itself knows. */
  readonly contexts: Readonly<Record<string, string>>
  readonly platforms: readonly string[]
  readonly cacheFrom: readonly string[]
  readonly cacheTo: readonly string[]
  readonly provenance: 'none' | 'min' | 'max'
  readonly sbom: boolean
  readonly labels: Readonly<Record<string, string>>
  /** Seconds since 1970: the commit's time stands for all times in the image. */
  readonly epoch: number
}

export interface FoundFile {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
}

const argumentName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The lines of `build-args`. Throws a `Failure`: `build-arg`. */
export function parseArgument(line: string, env: NodeJS.ProcessEnv): BuildArgument {
  const equals = line.indexOf('=')
  const name = (equals < 0 ? line : line.slice(0, equals)).trim()
  if (!argumentName.test(name)) {
    throw new Failure({
      code: 'build-arg',
      what: `\`${line}\` in \`build-args\` is no argument.`,
      cure: 'Write a line each: `NAME=value`, or `NAME` for a variable that the step has in its `env:`.',
    })
  }
  if (equals >= 0) return { name, value: line.slice(equals + 1) }
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value !== undefined) return { name, value }
  throw new Failure({
    code: 'build-arg',
    what: `\`build-args\` names \`${name}\`, which has no value.`,
    why: 'A name alone stands for a variable of the step, and there is none of that name.',
    cure: `Write \`${name}=value\`, or add \`env: { ${name}: … }\` to the step.`,
  })
}

/** The lines of `build-secrets`: `id`, `id=NAME` or `id=file:path`. Throws a `Failure`: `build-secret`, `build-secret-missing`. */
export function parseSecret(
  line: string, env: NodeJS.ProcessEnv, file: (path: string) => FoundFile | null,
): BuildSecret {
  const [, id = '', source = ''] = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:=(.+))?$/.exec(line) ?? []
  if (id === '') {
    throw new Failure({
      code: 'build-secret',
      // The line may hold the secret itself.
      what: 'A line of `build-secrets` names no secret.',
      why: 'A secret is named here, and its value comes as a variable of the step or as a file.',
      cure: 'Write a line each: `npm_token` or `npm_token=NPM_TOKEN` with `env: { NPM_TOKEN: ${{ secrets.NPM_TOKEN }} }`, or `npmrc=file:.npmrc`.',
    })
  }
  if (source.startsWith('file:')) return secretFile(id, source.slice('file:'.length), file)
  const name = source === '' ? id : source
  if (!argumentName.test(name)) {
    throw new Failure({
      code: 'build-secret',
      what: `What \`build-secrets\` says of \`${id}\` is no name of a variable.`,
      why: 'A value is not written there: it would be seen in the list of inputs.',
      cure: `Write \`${id}=NAME\` and add \`env: { NAME: \${{ secrets.NAME }} }\` to the step; for a file \`${id}=file:path\`.`,
    })
  }
  const value = Object.hasOwn(env, name) ? env[name] ?? '' : ''
  if (value.trim() !== '') return { id, from: 'env', name, value }
  throw new Failure({
    code: 'build-secret-missing',
    what: `The secret \`${id}\` of the build is ${Object.hasOwn(env, name) ? 'empty' : 'not given'}: the variable ${name}.`,
    why: 'A secret that is not set, or that this run may not read (a fork, Dependabot, another `environment`), comes as an empty text.',
    cure: `Store it with \`gh secret set ${name}\` and add \`env: { ${name}: \${{ secrets.${name} }} }\` to the step; or take the line away.`,
  })
}

function secretFile(id: string, path: string, file: (path: string) => FoundFile | null): BuildSecret {
  const found = file(path)
  if (found !== null && found.bytes > 0) return { id, from: 'file', path: found.path }
  throw new Failure({
    code: 'build-secret-missing',
    what: `The secret \`${id}\` of the build is ${found === null ? 'not there' : 'empty'}: the file ${path}.`,
    cure: 'Let an earlier step write it, with a path from `working-directory`; or take the line away.',
  })
}

/** The lines of `build-ssh`. Throws a `Failure`: `build-ssh`. */
export function parseSshId(line: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(line)) return line
  throw new Failure({
    code: 'build-ssh',
    // It may hold a key.
    what: 'A line of `build-ssh` is no name of what a step mounts.',
    why: 'Keys are not written there: they come from the SSH agent of the runner, or by `build-ssh-key`.',
    cure: 'Write `default` for `RUN --mount=type=ssh`, and the id for `RUN --mount=type=ssh,id=…`.',
  })
}

/** `linux/amd64`, `linux/arm/v7`; commas and lines alike. Throws a `Failure`: `platform`. */
export function parsePlatforms(lines: readonly string[]): readonly string[] {
  const platforms = lines.flatMap((line) => line.split(',')).map((one) => one.trim()).filter((one) => one !== '')
  for (const platform of platforms) {
    if (/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/.test(platform)) continue
    throw new Failure({
      code: 'platform',
      what: `\`${platform}\` in \`platforms\` is no platform.`,
      cure: 'Write a line each: linux/amd64, linux/arm64, linux/arm/v7.',
    })
  }
  return [...new Set(platforms.map(usual))]
}

/** As builders and registries call it. */
function usual(platform: string): string {
  return platform.replace(/\/aarch64$/, '/arm64').replace(/\/x86_64$/, '/amd64').replace(/\/arm64\/v8$/, '/arm64').replace(/\/amd64\/v1$/, '/amd64')
    .replace(/\/arm$/, '/arm/v7')
}

/** `key=value` lines. Throws a `Failure`: `label`. */
export function parseLabels(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(lines.map((line) => {
    const [, key = '', value = ''] = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)=(.*)$/i.exec(line) ?? []
    if (key !== '') return [key, value]
    throw new Failure({
      code: 'label',
      what: `\`${line}\` in \`labels\` is no label.`,
      cure: 'Write a line each: `com.example.team=payments`.',
    })
  }))
}
