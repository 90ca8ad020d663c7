import { Failure, nearest, type Position } from '../../errors'
import { Findings } from '../findings'
import { text, type Format } from '../format'
import type { RepositoryFiles } from '../repository'
import { scalar, shown } from '../tree'
import type { ComposeConfig } from '../types'
import { readEnvFile } from './env-file'
import { folderOf, inRepository } from './paths'
import { Reading } from './reading'
import { isActive } from './service'
import type { Handed, Use } from './uses'
import { variablesOf } from './variables'

/** What the Compose files of a commit say to the runner; belongs to the checkout, not to the release. */
export interface ComposeProject {
  /** The texts that Compose itself reads, by their paths. */
  readonly texts: Readonly<Record<string, string>>
  readonly uses: readonly Use[]
  readonly handed: readonly Handed[]
  /** Is it started with the chosen profiles? Null: what is no service's. */
  readonly isActive: (service: string | null) => boolean
}

/** What an action's inputs say; an empty list or null: nothing. */
export interface ComposeInputs {
  readonly files: readonly string[]
  readonly project: string | null
  readonly profiles: readonly string[]
  /** Service → reference by digest; null: it is not known yet, for nothing is deployed. */
  readonly images: Readonly<Record<string, string>> | null
}

export const noComposeInputs: ComposeInputs = { files: [], project: null, profiles: [], images: null }

/** What slipway.yml says under `compose`, and where. */
export interface ComposeWritten {
  readonly files: readonly string[]
  readonly filesAt: Position | undefined
  readonly project: string | null
  readonly profiles: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** In Compose's own order. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const OVERRIDES = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml']

/** The files that `docker compose` would find by itself in the app's folder; none without one. */
export function detectedFiles(files: RepositoryFiles): readonly string[] {
  const base = NAMES.find((name) => files.exists(name))
  const override = OVERRIDES.find((name) => files.exists(name))
  return base === undefined ? [] : override === undefined ? [base] : [base, override]
}

export const projectName: Format<string> = text({
  says: 'a name of at most 50 lower-case letters, digits, `-` and `_` that begins with a letter or digit', example: 'notes', pattern: /^[a-z0-9][a-z0-9_-]*$/, longest: 50,
})

export const profileName: Format<string> = text({
  says: 'the name of a profile', example: 'suggestions', pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/, longest: 63,
})

/** Input, then slipway.yml, then what Compose itself would take. What is wrong with the files is told when something is deployed. */
export async function composeProject(
  app: string, written: ComposeWritten, inputs: ComposeInputs, files: RepositoryFiles, told: Findings,
): Promise<{ readonly config: ComposeConfig; readonly project: ComposeProject }> {
  // A rollback must not fail for what lies in the checkout: nothing of it is deployed.
  const findings = inputs.images === null ? new Findings() : told
  const asked = inputs.files.length > 0 ? inputs.files : written.files
  const own = await settingsIn(asked[0] === undefined ? '.' : folderOf(asked[0]), files)
  const named = asked.length > 0 ? asked : own('COMPOSE_FILE', own('COMPOSE_PATH_SEPARATOR', ':').join('') || ':')
  const paths = (named.length > 0 ? named : detectedFiles(files)).map((path) => inRepository('.', path) ?? path)
  if (paths.length === 0) findings.add(noFile(written.filesAt))
  const reading = new Reading(files, findings, written.env)
  const by = inputs.files.length > 0 ? 'The input `compose-file`' : written.files.length > 0 ? '`compose` in slipway.yml' : 'COMPOSE_FILE in .env'
  await reading.project(paths, by, written.filesAt)
  const profiles = firstOf(inputs.profiles, written.profiles, own('COMPOSE_PROFILES', ','))
  await reading.active(profiles)
  const project: ComposeProject = {
    texts: Object.fromEntries([...reading.texts].sort(([a], [b]) => a < b ? -1 : 1)), uses: reading.uses, handed: reading.handed,
    isActive: (service) => {
      const draft = service === null ? undefined : reading.services.get(service)
      return service === null || (draft !== undefined && isActive(draft, profiles))
    },
  }
  if (inputs.images !== null) checkImages(inputs.images, reading, profiles, findings)
  const [name] = own('COMPOSE_PROJECT_NAME', '\n')
  const chosen = inputs.project ?? written.project ?? name ?? null
  return {
    config: {
      files: paths, project: chosen ?? nameOf(reading, findings) ?? app, profiles: [...new Set(profiles)].sort(), env: written.env,
      images: inputs.images ?? {}, variables: variablesOf(project, written.env),
    },
    project,
  }
}

const firstOf = (...lists: readonly (readonly string[])[]): readonly string[] => lists.find(({ length }) => length > 0) ?? []

/** By these names Compose takes settings from the .env file of a project, where nothing else says them. */
async function settingsIn(folder: string, files: RepositoryFiles): Promise<(name: string, separator: string) => readonly string[]> {
  // What is wrong with it is told when it is read for its values.
  const text = await files.read(inRepository(folder, '.env') ?? '.env').catch(() => null)
  const { lines } = readEnvFile(text ?? '')
  return (name, separator) => {
    const value = lines.findLast((line) => line.name === name)?.value ?? ''
    return value.split(separator).map((item) => item.trim()).filter(Boolean)
  }
}

/** `name:` of the first file. A name with a variable in it could be another one each time, and volumes are called after it. */
function nameOf({ name }: Reading, findings: Findings): string | null {
  if (name === null) return null
  if ('value' in projectName.read(scalar(name.text, name.at))) return name.text
  findings.add(new Failure({
    code: 'compose-project-name', at: name.at, what: `\`name\` is ${shown(name.text)}, which is no name of a project that stays the same.`,
    why: `Volumes are called after it. It must be ${projectName.says}.`,
    cure: 'Write it out, or say it in slipway.yml: `compose: { project: notes }`.',
  }))
  return null
}

function checkImages(images: Readonly<Record<string, string>>, { services }: Reading, profiles: readonly string[], findings: Findings): void {
  // What could not be read may be where they are.
  if (findings.has('compose-syntax', 'compose-file-missing', 'compose-file-outside')) return
  const names = [...services.keys()]
  for (const service of Object.keys(images).filter((name) => !services.has(name))) {
    const near = nearest(service, names)
    findings.add(new Failure({
      code: 'compose-image-unknown-service', what: `The input \`images\` names ${shown(service)}, and no Compose file has a service of that name.`,
      cure: near !== undefined ? `Did you mean \`${near}\`?` : `There are ${names.join(', ')}.`,
    }))
  }
  for (const [name, draft] of services) {
    if (draft.build === null || draft.image || Object.hasOwn(images, name) || !isActive(draft, profiles)) continue
    findings.add(new Failure({
      code: 'compose-image-missing', at: draft.build, what: `The service \`${name}\` is built, and nothing says where its image is.`,
      why: 'Nothing is built on a host: it pulls what an earlier step has built.',
      cure: `Give the step what build-image has made:\nimages: |\n  ${name}=\${{ steps.build.outputs.image }}`,
    }))
  }
}

function noFile(at: Position | undefined): Failure {
  return new Failure({
    code: 'compose-file-missing', at, what: 'There is no Compose file in this commit.', why: `Looked for were ${NAMES.join(', ')}.`,
    cure: 'Commit one, or say where it is: the input `compose-file: deploy/compose.yaml`, or `compose: deploy/compose.yaml` in slipway.yml.',
  })
}
