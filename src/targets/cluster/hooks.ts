import type { Hook, StoredRelease } from '../../drivers/helm'
import { hookObjects, type Rendered } from './manifest'

/** An object of a hook that runs on the way. */
export interface HookObject extends Rendered {
  /** Does it run before anything of the release is there? */
  readonly early: boolean
  /** Smaller ones run sooner. */
  readonly weight: number
  /** Does Helm remove what has its name, before it makes it? */
  readonly replaced: boolean
}

/** What Helm is about to do; `restart` is ours, and runs none. */
export type Operation = 'install' | 'upgrade' | 'rollback' | 'restart'

/** Hooks that run on the way: neither tests nor those of other operations. Throws a `Failure`: `manifest-invalid`. */
export function hooksOf({ hooks = [] }: Pick<StoredRelease, 'hooks'>, operation: Operation): readonly HookObject[] {
  return hooks.flatMap((hook) => {
    const events = (hook.events ?? []).filter((event) => event === `pre-${operation}` || event === `post-${operation}`)
    if (events.length === 0) return []
    const common = { early: events.some((event) => event.startsWith('pre-')), weight: hook.weight ?? 0 }
    return hookObjects([hook]).map((rendered) => ({ ...rendered, ...common, replaced: isReplaced(hook, rendered) }))
  })
}

/** Without a policy Helm removes what is there; definitions of kinds never, for all objects of that kind would go too. */
function isReplaced({ delete_policies: policies = [] }: Hook, { object: { kind } }: Rendered): boolean {
  return kind !== 'CustomResourceDefinition' && (policies.length === 0 || policies.includes('before-hook-creation'))
}
