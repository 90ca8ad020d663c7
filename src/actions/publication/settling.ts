import { rm } from 'node:fs/promises'
import { settleDeployment, type WantedDeployment } from '../../publish/github-deployment'
import { failuresOf } from '../../errors'
import { variableOf } from '../../inputs/declaration'
import { print, warningCommand } from '../../report/commands'
import { oneLine } from '../../report/foreign'
import { Redactor } from '../../report/redact'
import { runContext } from '../run-context'
import { repositoryAtGitHub } from './github'

/** What `main` has left behind, if it was killed: a key in a file, and a Deployment in progress. What cannot be settled is a warning. */
export async function settleLeft({ deployment, signing }: { readonly deployment: string; readonly signing: string }): Promise<void> {
  if (signing !== '') await rm(signing, { recursive: true, force: true })
  if (deployment === '') return
  const wanted = JSON.parse(deployment) as WantedDeployment
  // Inputs are there in `post` too. A token in the saved state would lie in a file of the runner's.
  const token = process.env[variableOf('github-token')]?.trim() ?? ''
  const redactor = new Redactor([token])
  try {
    const github = repositoryAtGitHub(runContext(process.env), token, redactor, AbortSignal.timeout(60_000))
    const settled = await settleDeployment(github, wanted, 'failure', { description: 'The run was ended before it could tell how it went', url: '' })
    if (settled.status === 'untold') throw settled.notice
    if (settled.status === 'settled') print(`The Deployment to ${oneLine(wanted.environment, redactor)} is told to GitHub: failure.`)
  } catch (thrown) {
    const [failure] = failuresOf(thrown)
    if (failure === undefined && !(thrown instanceof DOMException)) throw thrown
    print(warningCommand(oneLine(`The Deployment to ${wanted.environment} stays in progress at GitHub. ${failure?.message ?? 'It did not answer.'}`, redactor), { title: failure?.code ?? 'github-unreachable' }))
  }
}
