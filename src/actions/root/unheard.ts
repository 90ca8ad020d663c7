import type { RootInputs } from '../../inputs'
import { givenInputs, listed, ofBuilds } from './given'

type Operation = RootInputs['operation']

/** Inputs by the operations that they are of. Those that are of all, or that are an error where they do not belong, are not listed. */
const only: readonly (readonly [operations: readonly Operation[], inputs: readonly string[]])[] = [
  [['setup'], ['firewall', 'git-push', 'git-push-branch', 'tls-email', 'tls-directory', 'tls-root', 'mirror', 'mirror-checksum']],
  [['deploy'], [
    ...ofBuilds, 'images', 'allow-older', 'ignore-gates', 'registry', 'registry-username', 'chart', 'chart-repository', 'chart-version', 'values-files', 'values',
  ]],
  [['deploy', 'rollback', 'publish'], ['version']],
  [['deploy', 'rollback'], ['allow-rollback-floor']],
  // Of these the others tell themselves.
  [['deploy', 'rollback', 'restart', 'status', 'publish'], ['tag', 'bump', 'pre-release', 'github-release', 'release-files', 'github-deployment', 'signing-key']],
  [['deploy', 'rollback', 'restart'], ['take-over']],
]

/**
 * What was given and is not of this operation, a sentence for each kind: one workflow serves several operations, so that is no mistake, and
 * yet nobody should think that it was heard. A version for a restart is an error of its own.
 */
export function unheard(inputs: RootInputs): readonly string[] {
  const given = givenInputs(inputs)
  const { operation } = inputs
  return only.flatMap(([operations, names]) => {
    const unused = names.filter((name) => given.has(name) && !(name === 'version' && operation === 'restart'))
    if (operations.includes(operation) || unused.length === 0) return []
    return [`${listed(unused)} did not apply: ${unused.length === 1 ? 'it is' : 'they are'} for ${listed(operations)}, and this was \`${operation}\`.`]
  })
}
