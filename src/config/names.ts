import { nearest } from '../errors'
import { bad, text, textFormat, type Format } from './format'
import { shown } from './tree'
import { ltsMajor, NODE_LTS } from './node-lts'
import type { Runtime } from './types'

/** Folders of /opt that are others' already, and why an app may not be called so. */
const TAKEN: readonly string[] = [
  'aws', 'azure', 'bin', 'cni', 'containerd', 'datadog-agent', 'docker', 'etc', 'google', 'homebrew', 'include', 'lib', 'local',
  'man', 'microsoft', 'node', 'nodejs', 'puppetlabs', 'python', 'sbin', 'share', 'slipway', 'src', 'uv', 'var', 'venv'
]

const SHORT_NAME = /^[a-z]([a-z0-9-]{0,23}[a-z0-9])?$/

export const appName: Format<string> = text({
  says: 'a name of 1 to 25 lower-case letters, digits and hyphens that begins with a letter', example: 'shop',
  pattern: SHORT_NAME, longest: 25,
  check(name) {
    if (TAKEN.includes(name)) {
      return bad(`is ${shown(name)}, a reserved name`, `Choose another, for example \`${name}-app\`.`,
        `The app would live in /opt/${name}, which belongs to something else on many hosts.`, 'config-reserved-name')
    }
    const lower = name.toLowerCase().replaceAll(/[_. ]/g, '-')
    return SHORT_NAME.test(name) || !SHORT_NAME.test(lower) ? undefined
      : bad(`must be ${appName.says}, not ${shown(name)}`, `Write \`${lower}\`.`)
  }
})

export const serviceName: Format<string> = text({
  says: 'a name of 1 to 25 lower-case letters, digits and hyphens that begins with a letter', example: 'web',
  pattern: SHORT_NAME, longest: 25,
  check(name) {
    const lower = name.toLowerCase().replaceAll(/[_. ]/g, '-')
    return SHORT_NAME.test(name) || !SHORT_NAME.test(lower) ? undefined
      : bad(`is no name for a service: ${shown(name)}`, `Write \`${lower}\`.`)
  }
})

export const environmentName: Format<string> = text({
  says: 'a name of letters, digits, `.`, `_` and `-`', example: 'staging', longest: 63,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
})

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const OURS: ReadonlyMap<string, string> = new Map([
  ['PORT', 'Slipway gives every instance a port of its own in it.'],
  ['PATH', 'Slipway sets it to the environment of the release.'],
  ['HOME', 'Slipway sets it to a folder that the app can write to.'],
  ['CREDENTIALS_DIRECTORY', 'It says where the files of `secrets-as: files` are.'],
  ['EXIT_CODE', 'systemd says in it how a command of `slipway run` ended.'],
  ['EXIT_STATUS', 'systemd says in it how a command of `slipway run` ended.']
])

function checkVariable(name: string): ReturnType<typeof bad> | undefined {
  if (!VARIABLE.test(name)) {
    const fixed = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/_+$/, '')
    return bad(`must be letters, digits and underscores, not ${shown(name)}`,
      `Write ${VARIABLE.test(fixed) ? `\`${fixed}\`` : 'a name that begins with a letter'}.`)
  }
  const reason = OURS.get(name) ?? (/^SLIPWAY_/i.test(name) ? 'Names that begin with SLIPWAY_ are Slipway\'s own.' : undefined)
  return reason === undefined ? undefined
    : bad(`is ${name}, a reserved name`, 'Choose another name, or remove it.', reason, 'config-reserved-name')
}

export const variableName: Format<string> = text({
  says: 'the name of a variable', example: 'LOG_LEVEL', pattern: VARIABLE, longest: 128, check: checkVariable
})

export const secretName: Format<string> = text({
  says: 'the name of a secret', example: 'DATABASE_URL', pattern: VARIABLE, longest: 128,
  check(name) {
    if (!isRunners(name)) return checkVariable(name)
    return bad(`is ${shown(name, '')}, which the runner sets itself`, 'Choose another name: `APP_…`.',
      'A value would always be there, and never be the secret.', 'config-reserved-name')
  }
})

/** Set by the runner itself: its inputs, tokens and paths. */
const isRunners = (name: string): boolean =>
  /^(GITHUB_(?!TOKEN$)|RUNNER_|ACTIONS_|INPUT_)/.test(name) || ['CI', 'LANG', 'PWD', 'SHELL', 'USER'].includes(name)

/** May a variable of this name be a secret of an app? What the runner set, the action's own inputs above all, may not. */
export const mayBeSecret = (name: string): boolean =>
  !isRunners(name) && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && checkVariable(name) === undefined

const anyText = text({ says: 'text, a number, true or false', example: 'info', pattern: /^/, longest: 32_768 })

/** A variable's value: text, or a number or boolean as it is written (`1.10` stays `1.10`). */
export const variableValue: Format<string> = {
  ...anyText,
  json: {
    type: ['string', 'number', 'boolean'], pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$', maxLength: 32_768
  },
  read: (scalar) => anyText.read({ ...scalar, value: scalar.text })
}

/** A path inside the repository; `./uploads/` is read as `uploads`, the root is `.`. */
const PATH_PATTERN = /^(\.|(\.\/)?[A-Za-z0-9._@+][A-Za-z0-9._@+=~-]*(\/[A-Za-z0-9._@+][A-Za-z0-9._@+=~-]*)*\/?)$/

function checkPath(path: string): ReturnType<typeof bad> | undefined {
  const said = shown(path)
  if (path.startsWith('/')) return bad(`is the absolute path ${said}`, 'Write it from the root of the repository: `uploads`.')
  const parts = path.replace(/^\.\//, '').split('/')
  if (parts.includes('..')) return bad(`leaves its place with \`..\`: ${said}`, 'Write it from the root, without `..`.')
  if (parts.includes('.git')) return bad('is inside .git', 'Name a folder of the repository; .git is not shipped.')
  if (/[*?[\]{}]/.test(path)) return bad(`is a pattern: ${said}`, 'Name the folder itself; patterns are not expanded.')
  if (path.includes('\\')) return bad(`has a backslash: ${said}`, 'Separate folders with `/`.')
  if (path !== '.' && parts.includes('.')) return bad(`has a \`.\` in the middle: ${said}`, 'Leave it out.')
  if (PATH_PATTERN.test(path)) return undefined
  return bad(`is no path that is safe to use: ${said}`,
    'Use letters, digits and `. _ @ + = ~ -`, not beginning with `-` or `~`, with single slashes between.')
}

const normalPath = (path: string): string => path.replace(/^\.\//, '').replace(/\/$/, '') || '.'

export const folder: Format<string> = textFormat({
  says: 'a folder of the repository', example: 'src/api', pattern: PATH_PATTERN, make: normalPath,
  check: (path) => path === './' ? undefined : checkPath(path)
})

export const pathInside: Format<string> = textFormat({
  says: 'a path inside the repository', example: 'uploads', pattern: PATH_PATTERN, make: normalPath,
  check: (path) => path === '.' || path === './' ? bad('is the whole repository', 'Name a folder in it.') : checkPath(path)
})

/** A path that the router is told of, in a language without an escape for everything. */
export const servedPath: Format<string> = {
  ...pathInside, example: 'public',
  read(scalar) {
    const reading = pathInside.read(scalar)
    const strange = 'value' in reading ? /[^A-Za-z0-9._~@+,=/ -]/.exec(reading.value) : null
    return strange === null ? reading : bad(`has the character ${shown(strange[0])}`, 'Rename it: letters, digits and `._~@+,=-` will do.',
      'The path becomes part of the router\'s configuration.')
  }
}

export const tagPrefix: Format<string> = text({
  says: 'what tags begin with', example: 'shop-', pattern: /^([A-Za-z0-9][A-Za-z0-9._/-]{0,39})?$/, longest: 40
})

/** Whether its terms make an order, whoever counts by it says. */
export const versionScheme: Format<string> = text({
  says: '`semver`, or terms of calver.org', example: 'YYYY.0M.MICRO', pattern: /^(semver|[A-Z0-9]{2,5}([._-][A-Z0-9]{2,5}){1,4})$/, longest: 40
})

/** A package of Debian, as its policy has names, with an architecture or not. */
export const packageName: Format<string> = text({
  says: 'the name of a Debian package', example: 'libpq-dev', pattern: /^[a-z0-9][a-z0-9+.-]{0,61}[a-z0-9+]$/, longest: 63
})

export const extraName: Format<string> = text({
  says: 'a name of letters, digits, `.`, `_` and `-`', example: 'postgres', pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
  longest: 64
})

const PORT = /^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])\/(tcp|udp)$/

/** A port that the app itself listens on in public. */
export const openPort: Format<string> = text({
  says: 'a port and its protocol', example: '8443/tcp', pattern: PORT, longest: 9
})
const RUNTIMES = ['python', 'node'] as const
const PYTHON = /^python(@3\.[0-9]{1,2}(\.[0-9]{1,2})?)?$/
const NODE = /^node(@([1-9][0-9]{0,2}(\.[0-9]{1,3}(\.[0-9]{1,3})?)?|lts(\/[a-z*]+)?))?$/

/** `python`, `python@3.11`, `node`, `node@24`, `node@lts`, which is a number from here on. */
export const runtime: Format<Runtime> = textFormat<Runtime>({
  says: 'a runtime', example: 'python@3.11', pattern: new RegExp(`(${PYTHON.source})|(${NODE.source})`), longest: 40,
  make(written) {
    const [name, version] = written.split('@')
    return { name: name === 'node' ? 'node' : 'python', version: ltsMajor(version ?? '') ?? version ?? null }
  },
  check(written) {
    const line = /^node@(lts\/.+)$/.exec(written)?.[1]
    if (line !== undefined && NODE.test(written) && ltsMajor(line) === undefined) {
      return bad(`is ${shown(written)}, a line of Node that this version of Slipway does not bring`,
        `Write ${Object.keys(NODE_LTS).map((name) => `\`node@lts/${name}\``).join(' or ')}, or \`node@lts\` for the newest.`)
    }
    if (PYTHON.test(written) || NODE.test(written)) return undefined
    const [, name = '', version = ''] = /^([A-Za-z]*)[\s:=@-]*v?(.*)$/.exec(written) ?? []
    const near = nearest(name, RUNTIMES)
    if (near === undefined) {
      return bad(`is ${shown(written)}, a runtime that is not known`, 'Write `python`, `python@3.13`, `node`, `node@24` or `node@lts`.')
    }
    const suggestion = `${near}@${version}`
    const cure = version === '' ? `Did you mean \`${near}\`?`
      : PYTHON.test(suggestion) || NODE.test(suggestion) ? `Write \`${suggestion}\`.`
        : near === 'python' ? 'Write the minor version, too: `python@3.11`.' : 'Write the version as a number: `node@24`.'
    return bad(`must be a runtime, not ${shown(written)}`, cure)
  }
})
