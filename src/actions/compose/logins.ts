import { credentialsFor, environment, ownConfig } from '../../drivers/docker'
import { credentialKeys, parseImageName } from '../../drivers/registry'
import { Failure } from '../../errors'
import type { RegistryLogin } from '../../targets/host'
import type { ComposeAsked, ComposeStepInputs } from './asked'

/** Who pulls the images of a run: whom the inputs name, and at other registries of `images` whom an earlier step has logged in. */
export async function loginsFor(inputs: ComposeStepInputs, { images }: ComposeAsked, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<readonly RegistryLogin[]> {
  const { registryUsername: username, registryPassword: password } = inputs
  const registries = [...new Set(images.flatMap(({ registry }) => registry ?? []))].sort()
  const own = username === null || password === null ? null : { registry: registryOf(inputs.registry, registries), username, password }
  const others = registries.filter((registry) => registry !== own?.registry)
  if (others.length === 0) return own === null ? [] : [own]
  const config = await ownConfig(env)
  const found = await Promise.all(others.map(async (registry): Promise<readonly RegistryLogin[]> => {
    const stored = await credentialsFor(config, credentialKeys(registry), environment(env, {}), signal)
    return stored === null || stored.username === '' ? [] : [{ registry, username: stored.username, password: stored.password }]
  }))
  return [...own === null ? [] : [own], ...found.flat()]
}

function registryOf(named: string | null, registries: readonly string[]): string {
  if (named !== null) return parseImageName(`${named.replace(/\/$/, '')}/image`, 'registry').registry
  const [only, ...more] = registries
  if (only !== undefined && more.length === 0) return only
  throw new Failure({
    code: 'registry-login',
    what: only === undefined ? '`registry-username` is given, and nothing says at which registry.'
      : `\`registry-username\` is given, and \`images\` has images of ${registries.join(' and ')}.`,
    why: 'A password is sent to the one registry that it is for.',
    cure: `Write \`registry: ${only ?? 'ghcr.io'}\`${more.length === 0 ? '' : '; at the others, log in by a step before, such as docker/login-action'}.`,
  })
}
