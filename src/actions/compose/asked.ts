import { pathInside, profileName, projectName, type ComposeInputs } from '../../config'
import { collecting, Failure, throwAll } from '../../errors'
import { halfLogin } from '../image/asked'
import { parseImages, type ServiceImage } from './images'

/** What a step's `with:` says of a Compose project. */
export interface ComposeStepInputs {
  readonly composeFile: readonly string[]
  readonly project: string | null
  readonly profiles: readonly string[]
  readonly images: string | null
  readonly registry: string | null
  readonly registryUsername: string | null
  readonly registryPassword: string | null
}

/** What it means. */
export interface ComposeAsked {
  readonly inputs: ComposeInputs
  readonly images: readonly ServiceImage[]
  /** Names of the inputs that are not empty. */
  readonly given: readonly string[]
}

/** Throws all that is wrong with the inputs at once. `deploys`: images are wanted, and so one that is missing is a failure. */
export function readCompose(inputs: ComposeStepInputs, deploys: boolean): ComposeAsked {
  const failures: Failure[] = []
  const { composeFile, project, profiles, images: text, registryUsername: user, registryPassword: password } = inputs
  const read = (input: string, format: typeof pathInside, written: string): string => {
    const reading = format.read({ kind: 'scalar', value: written, text: written, at: undefined })
    if ('value' in reading) return reading.value
    const { what, why, cure } = reading.problem
    failures.push(new Failure({ code: 'compose-input', what: `The input \`${input}\` ${what}.`, why, cure: cure ?? `Write for example \`${input}: ${format.example}\`.` }))
    return written
  }
  const files = composeFile.map((path) => read('compose-file', pathInside, path))
  const named = project === null ? null : read('project', projectName, project)
  const chosen = profiles.map((profile) => read('profiles', profileName, profile))
  const images = collecting(failures, () => parseImages(text ?? '')) ?? []
  if ((user === null) !== (password === null)) failures.push(halfLogin(user === null ? 'registry-username' : 'registry-password'))
  throwAll(failures)
  const given = Object.entries({
    'compose-file': files.length > 0, project: named, profiles: chosen.length > 0, images: text, registry: inputs.registry, 'registry-username': user,
  }).filter(([, value]) => Boolean(value)).map(([name]) => name)
  return {
    inputs: { files, project: named, profiles: chosen, images: deploys ? Object.fromEntries(images.map(({ service, reference }) => [service, reference])) : null },
    images, given,
  }
}

/** The root action has inputs for all targets, and what is said of another one would go unheard. */
export function notForVms(given: readonly string[]): Failure {
  const [first = ''] = given
  return new Failure({
    code: 'input-of-another-target',
    what: `The input${given.length === 1 ? ' ' : 's '}${given.map((name) => `\`${name}\``).join(', ')} ${given.length === 1 ? 'is' : 'are'} for hosts with Docker, and the configuration is for VMs.`,
    cure: `Write \`target: docker\` in slipway.yml, or take \`${first}\` away from the step's \`with:\`.`,
  })
}
