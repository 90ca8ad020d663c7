import { Failure } from '../../errors'
import { secretsPath } from './secrets'
import type { Settings } from './settings'

/** What was asked for: `deploy` by a push, the others by typing them at the host's shell. */
export type Asked = 'deploy' | 'rollback' | 'restart'

/** A failure whose cure is something to do in a workflow, for somebody who pushes by Git, or types on the host, and may have none. */
export function withoutWorkflow(failure: Failure, asked: Asked, { app, branch }: Settings, home: string): Failure {
  const { code, what, why, at, target, evidence, cause } = failure
  const again = asked === 'deploy' ? 'push again' : `type slipway ${asked} again`
  const cure = cureOf(failure, again, app, branch, home)
  const said = cure === failure.cure ? why : whys[code] ?? why
  return new Failure({ code, what, why: said, cure, at, target, evidence, cause })
}

/** Where the usual reason is one of workflows too. */
const whys: Readonly<Record<string, string>> = {
  'older-than-serving': 'What is pushed late must not take users back by accident.',
  'history-unknown': 'What serves is not in the history of what was pushed.',
  'variable-missing': 'It is neither in the file for secrets nor stored with what serves.',
  'secret-not-given': 'They are neither in the file for them nor stored with what serves.',
}

function cureOf({ code, cure, what }: Failure, again: string, app: string, branch: string, home: string): string {
  switch (code) {
    case 'older-than-serving': return `To go back, on the host: slipway rollback ${app} VERSION (sudo slipway ${app} lists what can be returned to).`
    case 'version-moved':
    case 'tag-moved': return 'Give the commit a tag of its own and push that: git tag v1.2.1 && git push production v1.2.1'
    case 'history-unknown': return `Fetch what serves, merge it (git merge ${/^Whether ([0-9a-f]{7,40}) /.exec(what)?.[1] ?? 'COMMIT'}), and push that.`
    case 'secret-not-given': {
      const names = /^Secrets are missing: (.*)\.$/.exec(what)?.[1]?.split(', ') ?? ['NAME']
      const file = secretsPath(home, app)
      return `On the host, as who deploys, write them into a file of your own, then ${again}:\n`
        + `mkdir -p ${file.replace(/\/[^/]*$/, '')} && touch ${file} && chmod 600 ${file}\n${names.map((name) => `${name}=VALUE`).join('\n')}`
    }
    case 'variable-missing': {
      const name = /needs the variable (\w+)/.exec(what)?.[1] ?? 'NAME'
      const file = secretsPath(home, app)
      return `On the host, as who deploys, write it into a file of your own, then ${again}:\n`
        + `mkdir -p ${file.replace(/\/[^/]*$/, '')} && touch ${file} && chmod 600 ${file}\n${name}=VALUE`
    }
    case 'compose-image-missing': return 'No step before a push has built it: name an image in the Compose file that the host can pull (`image:`), or deploy by the workflow.'
    case 'behind-rollback-floor':
    case 'rollback-floor-unknown': return 'If that is meant, say so in a workflow: `allow-rollback-floor: true`. Here nobody can be asked for it.'
    case 'gate-freeze': return `When it is over, ${again}. What has to be now goes by the workflow, with \`ignore-gates: true\`.`
    case 'nothing-serves': return 'Deploy a release first, by a push or by the workflow.'
    case 'locked': return `Wait for it, then ${again}.`
    case 'lfs-missing': return 'A push brings no files of Git LFS: commit them as they are, or deploy by the workflow.'
    case 'host-program-too-old':
    case 'host-not-prepared': return `Run setup-vm with \`git-push: true\` for ${app} on this host, then ${again}.`
    case 'git-failed':
    case 'git-objects-missing': return `Look at the repository on the host: git fsck; then ${again}.`
    case 'ref-moved': return `git fetch production && git merge production/${branch}, then push again.`
    default: return /submodule/.test(code) ? 'A push brings no submodules: commit their files, or deploy by the workflow.' : cure
  }
}
