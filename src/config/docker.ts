import { Failure } from '../errors'
import type { Places } from './checks'
import type { Completed } from './completed'
import { composeProject, type ComposeInputs } from './compose/project'
import type { Findings } from './findings'
import { serviceKeys, type complete } from './keys'
import type { RepositoryFiles } from './repository'
import { mapping, mappingAt, textAt, type Entry, type Mapping } from './tree'
import type { TargetKind } from './types'

type Read = NonNullable<ReturnType<(typeof complete)['read']>>

const isServiceKey = (name: string): boolean => Object.hasOwn(serviceKeys, name)

/** What only a VM has, and what does the same in a Compose file. */
const OF_VM: Readonly<Record<string, string>> = {
  services: 'Services are those of the Compose files: remove it.',
  scratch: 'Remove it: a container may write to its own files, and `tmpfs:` in the Compose file is empty each time.',
  packages: 'Remove it: what an app needs is in its image.',
  supervisor: 'Remove it: containers are kept running by Docker.',
  env: 'Write `compose: { env: { NAME: value } }` for variables of the Compose files.',
  secrets: 'Remove it: variables of the Compose files are taken from the step\'s `env:` by their names.',
  before: 'Make it a service that others wait for: `depends_on: { migrate: { condition: service_completed_successfully } }`.',
}

/** Is it a key that no host with Docker has? */
export const isOfVm = (key: string): boolean => isServiceKey(key) || Object.hasOwn(OF_VM, key)

/** The file without what it may not have with `target: docker`, which is reported. */
export function refuseVmKeys(tree: Mapping, findings: Findings): Completed {
  const refused = ({ key }: Entry): boolean => isOfVm(key)
  const entries = [...tree.entries.values()]
  for (const { key, at } of entries.filter(refused)) {
    findings.add(new Failure({
      code: 'config-not-together', at, what: `\`${key}\` is for VMs, and this goes to a host with Docker.`,
      why: textAt(tree, 'target') === undefined ? 'It is for Docker since Compose files describe it.' : '',
      cure: OF_VM[key] ?? 'Say it in the Compose file, and remove it here.',
    }))
  }
  const rollout = mappingAt(tree, 'rollout')
  const warm = rollout?.entries.get('warm')
  if (warm !== undefined) {
    findings.add(new Failure({
      code: 'config-not-together', at: warm.at, what: '`rollout.warm` is for VMs, and this goes to a host with Docker.',
      why: 'Containers that may not run twice are ended for those that take their place.', cure: 'Remove it: a rollback starts the containers anew.',
    }))
  }
  const kept = entries.filter((entry) => !refused(entry))
    .map((entry) => entry.value === rollout ? { ...entry, value: mapping([...rollout.entries.values()].filter((one) => one !== warm), rollout.at) } : entry)
  return { tree: mapping(kept, tree.at), place: (_service, key) => key }
}

/** The Compose project of a host with Docker; null for another target. */
export async function composeOf(
  target: TargetKind, app: string, read: Read['compose'], places: Places, inputs: ComposeInputs, files: RepositoryFiles, findings: Findings,
): Promise<Awaited<ReturnType<typeof composeProject>> | null> {
  const at = places.top('compose')
  if (target !== 'docker') {
    // Of a cluster it has been reported.
    if (at !== undefined && target === 'vm') {
      findings.add(new Failure({
        code: 'config-not-together', at, what: '`compose` is for hosts with Docker, and this goes to a VM.',
        cure: 'Write `target: docker`, or remove `compose`.',
      }))
    }
    return null
  }
  const said = read === undefined ? {} : 'length' in read ? { files: read } : read
  const { files: paths = [], project = null, profiles = [], env = new Map<string, string>() } = said
  // Files that are written and wrong have been reported: others would be none that are meant.
  if (paths.length === 0 && inputs.files.length === 0 && at !== undefined && findings.failures.some((one) => one.at?.file === at.file)) return null
  return await composeProject(app, { files: paths, filesAt: at ?? places.top('target'), project, profiles, env: Object.fromEntries(env) }, inputs, files, findings)
}
