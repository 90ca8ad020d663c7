import type { TargetKind } from '../../config/types'
import { Failure } from '../../errors'

const words: Readonly<Record<TargetKind, string>> = { vm: 'VMs', docker: 'hosts with Docker', cluster: 'clusters' }
const actions: Readonly<Record<TargetKind, string>> = { vm: 'push-release', docker: 'compose-up', cluster: 'helm-upgrade' }

/** What is to be deployed is for another target than this action deploys to. */
export function wrongTarget(found: TargetKind, accepts: readonly TargetKind[]): Failure {
  const [wanted = 'vm'] = accepts
  return new Failure({
    code: 'wrong-target',
    what: `This deploys to ${accepts.map((kind) => words[kind]).join(' or ')}, and the configuration is for ${words[found]} (\`target: ${found}\`).`,
    cure: `Write \`target: ${wanted}\` in slipway.yml, or use the action ${actions[found]}.`,
  })
}
