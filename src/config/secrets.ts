import { readFileSync } from 'node:fs'
import { Failure, type Position } from '../errors'
import { mappingAt, type Mapping } from './tree'
import type { AppConfig } from './types'

/** Where slipway.yml names each secret. */
export type SecretPositions = ReadonlyMap<string, readonly Position[]>

export function secretPositions(completed: Mapping): SecretPositions {
  const found = new Map<string, Position[]>()
  const services = mappingAt(completed, 'services')
  for (const { value } of services?.entries.values() ?? []) {
    if (value.kind !== 'mapping') continue
    for (const list of [value.entries.get('secrets')?.value, mappingAt(value, 'install')?.entries.get('secrets')?.value]) {
      for (const item of list?.kind === 'list' ? list.items : []) {
        if (item.kind === 'scalar' && item.at) found.set(item.text, [...found.get(item.text) ?? [], item.at])
      }
    }
  }
  const cluster = mappingAt(completed, 'cluster')
  for (const { value: item } of (cluster && mappingAt(cluster, 'secret-values'))?.entries.values() ?? []) {
    if (item.kind === 'scalar' && item.at) found.set(item.text, [...found.get(item.text) ?? [], item.at])
  }
  const tls = mappingAt(completed, 'tls')
  for (const key of ['certificate', 'key']) {
    const item = tls?.entries.get(key)?.value
    if (item?.kind === 'scalar' && item.at) found.set(item.text, [...found.get(item.text) ?? [], item.at])
  }
  return found
}

/** All secrets that services, their installation, values for a chart and `tls` name. */
export function secretNames({ services, cluster, tls }: AppConfig): readonly string[] {
  return [...new Set([...services.flatMap(named), ...Object.values(cluster?.secretValues ?? {}), ...(tls.kind === 'own' ? [tls.certificate, tls.key] : [])])]
}

/** Who needs each secret. */
function usersOf({ services, cluster, tls }: AppConfig, name: string): readonly string[] {
  const values = Object.entries(cluster?.secretValues ?? {}).filter(([, secret]) => secret === name).map(([path]) => `\`${path}\``)
  const users = [...services.filter((service) => named(service).includes(name)).map((service) => service.name), ...values]
  return tls.kind === 'own' && (tls.certificate === name || tls.key === name) ? [...users, '`tls`'] : users
}

/**
 * The value of every secret that a service, a chart's value or `tls` names, from the step's environment. One that is missing or empty is a `Failure`
 * (`secret-missing`) that lists them all; it holds names, never values.
 */
export function secretsFor(
  config: AppConfig, env: NodeJS.ProcessEnv, positions: SecretPositions = new Map()
): Record<string, string> {
  const names = secretNames(config)
  const given = new Map(Object.entries(env))
  const missing = names.filter((name) => !given.get(name))
  if (missing.length === 0) return Object.fromEntries(names.map((name) => [name, given.get(name) ?? '']))
  const listed = missing.map((name) => {
    const places = (positions.get(name) ?? []).map((at) => `${at.file}:${at.line}`)
    const state = given.get(name) === '' ? 'given, but empty' : 'not given'
    return `${name} (${[...places, `for ${usersOf(config, name).join(', ')}`, state].join(', ')})`
  })
  const unset = missing.filter((name) => given.get(name) === undefined)
  const empty = missing.filter((name) => given.get(name) === '')
  const withheld = withheldBecause(env)
  throw new Failure({
    code: 'secret-missing',
    at: missing.flatMap((name) => positions.get(name) ?? []).sort((a, b) => a.line - b.line)[0],
    what: `${missing.length === 1 ? 'A secret is' : `${missing.length} secrets are`} missing: ${listed.join('; ')}.`,
    why: [
      empty.length === 0 ? '' : 'An empty one is passed on, but set neither in the repository nor in the job\'s `environment:`.',
      withheld ?? ''
    ].filter(Boolean).join(' '),
    // What is to be copied comes last.
    cure: [
      empty.length === 0 || withheld ? '' : `Store ${empty.length === 1 ? 'it' : 'them'}: ${
        empty.map((name) => `\`gh secret set ${name}\``).join(', ')} (with \`--env NAME\` for a job with an \`environment:\`).`,
      withheld === undefined ? '' : 'Deploy from a branch or tag of the repository itself.',
      unset.length === 0 ? '' : `Add to the step:\n${envLines(unset)}`
    ].filter(Boolean).join('\n')
  })
}

const named = ({ secrets, installSecrets }: AppConfig['services'][number]): readonly string[] => [...secrets, ...installSecrets]

const envLines = (names: readonly string[]): string =>
  ['env:', ...names.map((name) => `  ${name}: \${{ secrets.${name} }}`)].join('\n')

/** Why GitHub gave this run no secrets, when it is one of those that get none. */
function withheldBecause(env: NodeJS.ProcessEnv): string | undefined {
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
    return 'Runs that Dependabot starts do not get the repository\'s secrets (they have secrets of their own).'
  }
  return env['GITHUB_EVENT_NAME'] === 'pull_request' && fromFork(env) ? 'Pull requests from forks do not get secrets.' : undefined
}

function fromFork(env: NodeJS.ProcessEnv): boolean {
  try {
    const event = JSON.parse(readFileSync(env['GITHUB_EVENT_PATH'] ?? '', 'utf8')) as {
      pull_request?: { head?: { repo?: { full_name?: string } | null } }
    }
    // A fork that has been deleted is null here.
    return event.pull_request !== undefined && event.pull_request.head?.repo?.full_name !== env['GITHUB_REPOSITORY']
  } catch {
    return false
  }
}
