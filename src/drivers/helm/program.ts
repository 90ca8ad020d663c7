import { Failure } from '../../errors'
import { environment } from './environment'
import { runProgram } from './process'

/** A helm that can be run. */
export interface HelmProgram {
  readonly path: string
  /** `4.2.4`. */
  readonly version: string
  readonly major: 3 | 4
}

/** What the input `helm-version` asks for. */
export interface WantedHelm {
  readonly major: 3 | 4
  /** `4.2.4`; null: any of that major. */
  readonly version: string | null
  /** Hex, of the release archive for this platform; null: it is not to be downloaded. */
  readonly sha256: string | null
}

/** Brings that version, verified, and gives the path of its program. */
export type BringHelm = (version: string, sha256: string) => Promise<string>

/** Milliseconds that it may take to tell its version. */
const patience = 60_000

/** What the runner has. Rejects with a `Failure` (`helm-too-old`), or since there is none. */
export async function runnersHelm(env: NodeJS.ProcessEnv): Promise<HelmProgram> {
  return await versionOf('helm', env)
}

/**
 * The helm of the runner, or the one that is wanted. `begun`: what of the runner's was asked before. Throws a `Failure`: `helm-missing`, `helm-version`, `helm-too-old`.
 */
export async function findHelm(wanted: WantedHelm | null, env: NodeJS.ProcessEnv, bring: BringHelm, begun: Promise<HelmProgram> | null = null): Promise<HelmProgram> {
  if (wanted !== null && wanted.version !== null && wanted.sha256 !== null) {
    // Whoever gives a checksum wants just that program: another may say that it is of that version.
    const path = await bring(wanted.version, wanted.sha256)
    return required(await versionOf(path, env), wanted)
  }
  let found: HelmProgram
  try {
    found = await (begun ?? runnersHelm(env))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure({
      code: 'helm-missing', what: 'The program `helm` is not on this runner.', why: 'Charts are applied with it.',
      cure: 'Run on a runner that has it (`runs-on: ubuntu-latest` does), or pin one with its checksum: `helm-version: 4.2.4@sha256:…` (of the archive for this platform, '
        + 'as Helm\'s release page lists it).', cause,
    })
  }
  return wanted === null ? found : required(found, wanted)
}

async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<HelmProgram> {
  const { code, stdout, stderr } = await runProgram(path, ['version', '--template', '{{.Version}}'], { env: environment(env, {}), signal: AbortSignal.timeout(patience) })
  const [, version = '', major = ''] = /^v?((\d+)\.\d+\.\d+[^\s+]*)/.exec(stdout.trim()) ?? []
  if (code === 0 && (major === '3' || major === '4')) return { path, version, major: major === '3' ? 3 : 4 }
  throw new Failure({
    code: 'helm-too-old', what: `The \`helm\` of this runner is ${version || 'of no version that it tells'}, and 3 or 4 is needed.`,
    cure: 'Bring a newer one, or pin one: `helm-version: 4.2.4@sha256:…`', evidence: [{ source: 'helm version', text: stdout + stderr }],
  })
}

function required(found: HelmProgram, { major, version }: WantedHelm): HelmProgram {
  if (found.major === major && (version === null || version === found.version)) return found
  const wished = version ?? `${major}`
  throw new Failure({
    code: 'helm-version', what: `\`helm-version\` asks for ${wished}, and this runner has ${found.version}.`,
    why: 'Nothing is downloaded whose checksum is not known.',
    cure: `Write the version with the SHA-256 of its archive for this platform, as Helm's release page lists it: \`helm-version: ${version ?? `${major}.x.y`}@sha256:…\`; or leave it out.`,
  })
}
