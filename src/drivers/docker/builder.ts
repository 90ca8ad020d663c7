import { Failure } from '../../errors'
import { runDocker, type Finished } from './process'

/** What builds here. */
export interface Builder {
  /** `buildx`: docker's plugin; `engine`: `docker build` by an Engine without it. */
  readonly tool: 'buildx' | 'engine'
  readonly name: string
  /** `docker`: the Engine's own BuildKit; `docker-container`, `remote`, `kubernetes`, `cloud`: one that can do it all. */
  readonly driver: string
  /** Of BuildKit, or of the Engine; empty where it does not say. */
  readonly version: string
  readonly platforms: readonly string[]
}

type Ask = (...words: readonly string[]) => Promise<Finished>

/** The builder that docker would use. Throws a `Failure`: `docker-missing`, `engine-unreachable`, `builder-broken`. */
export async function findBuilder(env: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<Builder> {
  const ask: Ask = (...words) => runDocker(words, { env, signal })
  const plugin = await ask('buildx', 'version')
  if (plugin.code !== 0) return await engine(ask)
  const inspected = await ask('buildx', 'inspect', '--bootstrap')
  const found = parseInspect(inspected.stdout)
  if (inspected.code === 0 && found !== null) return found
  // Without an Engine there is no default builder either, and that is the better reason.
  if (found === null || found.driver === 'docker') await engine(ask)
  throw new Failure({
    code: 'builder-broken',
    what: `The builder ${found?.name ?? 'of Buildx'} does not run.`,
    why: lastLine(inspected.stderr) || lastLine(inspected.stdout),
    cure: 'Run docker/setup-buildx-action before this step, or choose another builder by the variable BUILDX_BUILDER: docker buildx ls',
    evidence: [{ source: 'docker buildx inspect', text: inspected.stderr + inspected.stdout }],
  })
}

/** The Engine that docker speaks to. Throws a `Failure`: `docker-missing`, `engine-unreachable`. */
export async function findEngine(env: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<Builder> {
  return await engine((...words) => runDocker(words, { env, signal }))
}

async function engine(ask: Ask): Promise<Builder> {
  const { code, stdout, stderr } = await ask('version', '--format', '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}}')
  const [version = '', platform = ''] = stdout.trim().split(' ')
  if (code === 0 && version !== '') return { tool: 'engine', name: 'Docker Engine', driver: 'engine', version, platforms: [platform] }
  const right = /permission denied/i.test(stderr)
  throw new Failure({
    code: 'engine-unreachable',
    what: right ? 'This user may not use the Docker Engine.' : 'No Docker Engine answers on this runner.',
    why: lastLine(stderr),
    cure: right ? 'Add the runner\'s user to the group docker and start the runner anew: sudo usermod -aG docker USER'
      : 'Start it (sudo systemctl start docker), or let DOCKER_HOST or `docker context use` name one that runs.',
    evidence: [{ source: 'docker version', text: stderr }],
  })
}

/** Pure: what `docker buildx inspect` prints, of its first node. */
export function parseInspect(text: string): Builder | null {
  const value = (key: string): string => new RegExp(`^${key}:[ \\t]*(.*)$`, 'mi').exec(text)?.[1]?.trim() ?? ''
  const driver = value('Driver')
  if (driver === '') return null
  const version = value('BuildKit(?: version)?').replace(/^v|[+-].*$/g, '')
  const lists = [...text.matchAll(/^Platforms:[ \t]*(.*)$/gm)].map(([, list = '']) => list)
  // One that the builder was told of has a star.
  const platforms = lists.flatMap((list) => list.split(',')).map((one) => one.trim().replace(/\*$/, '')).filter((one) => one !== '')
  return {
    tool: 'buildx', name: value('Name'), driver, version: /^\d+\.\d+/.test(version) ? version : '', platforms: [...new Set(platforms)],
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.replace(/^ERROR: /, '') ?? ''
