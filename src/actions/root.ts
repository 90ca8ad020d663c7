import { removeConfig } from '../drivers/docker'
import type { Failure } from '../errors'
import { kubeconfigSecrets, type RootInputs } from '../inputs'
import { noticeCommand, print } from '../report/commands'
import { prose } from '../report/markdown'
import { Redactor } from '../report/redact'
import { cancellation, failuresBefore, wasCancelled } from './cancellation'
import { removeFolders } from './cluster/private-folders'
import { closeFailed, closeUnbuilt, tellIfKilled, whatClustersDo, type Alongside } from './closing'
import { closeNothing } from './publication/closing-nothing'
import { settleIfLeft } from './publication/opening'
import { NothingToRelease } from './publication/nothing'
import { roll } from './rolling'
import { givenInputs, ofBuilds } from './root/given'
import { notForHosts, placeOf, type Place } from './root/place'
import { unheard } from './root/unheard'
import { refuseStrangers, runContext } from './run-context'

/** The whole pipeline in one step, by the functions that the other actions consist of. */
export async function main(inputs: RootInputs): Promise<void> {
  const redactor = new Redactor([
    inputs.sshKey, inputs.sshKeyPassphrase, inputs.bastionSshKey, inputs.buildSshKey, inputs.registryPassword, inputs.githubToken, inputs.signingKey, ...kubeconfigSecrets(inputs.kubeconfig ?? ''),
  ].filter((secret) => secret !== null))
  const { operation } = inputs
  const alongside = tellUnheard(inputs, redactor)
  if (operation === 'publish') {
    await (await import('./publication')).publish({ ...inputs, operation }, alongside)
    return
  }
  const begun = await begin({ ...inputs, operation }, alongside, redactor)
  if (begun === null) return
  const wrong = notForHosts(inputs)
  if (operation === 'setup') {
    const setup = await import('./setup-vm')
    await setup.main({ ...inputs, compose: inputs, wrong, alongside })
    return
  }
  const publishing = { ...inputs, operation }
  if (begun.place === 'hosts') {
    const whole = { ...inputs, operation, images: begun.images }
    await roll(whole, {
      target: null, accepts: ['vm', 'docker'], compose: whole, wrong, publishing, alongside: begun.alongside, setup: 'Give this step, with the inputs that it has:\noperation: setup',
    })
  } else {
    const cluster = await import('./helm-upgrade')
    await cluster.main({ ...inputs, operation, images: begun.images }, { alongside: begun.alongside, loginOfImage: begun.built, publishing })
  }
}

/** What a run that reaches something is asked for. */
type Begins = RootInputs & { readonly operation: Exclude<RootInputs['operation'], 'publish'> }

interface Begun {
  readonly place: Place
  /** For the input of that name. */
  readonly images: string | null
  readonly built: boolean
  readonly alongside: Alongside
}

/** All that comes before a rollout: where it goes, and the images that it needs. Null: it has failed, or there is nothing to do, and that was told. */
async function begin(inputs: Begins, alongside: Alongside, redactor: Redactor): Promise<Begun | null> {
  const cancelled = cancellation(() => process.exit(1))
  try {
    const context = runContext(process.env)
    const place = await placeOf(inputs, context, cancelled.signal)
    if (cancelled.signal.aborted) throw wasCancelled()
    const given = givenInputs(inputs)
    if (inputs.operation !== 'deploy' || !ofBuilds.some((name) => given.has(name))) return { place, images: inputs.images, built: false, alongside }
    refuseStrangers(context, process.env)
    const { imagesFor } = await import('./root/images')
    const { told, images } = await imagesFor(place, inputs, context, cancelled.signal, redactor)
    print(...told.lines)
    const whole = {
      outputs: { ...told.outputs, ...alongside.outputs }, report: { images: told.report, ...alongside.report },
      summary: [told.summary, alongside.summary].filter(Boolean).join('\n'),
    }
    if (told.failures.length > 0) await closeUnbuilt(told, whole, redactor)
    else if (cancelled.signal.aborted) await closeFailed([wasCancelled('What was to be built is built, and nothing was deployed yet.')], redactor, false, whole)
    else return { place, images, built: true, alongside: whole }
  } catch (error) {
    if (error instanceof NothingToRelease) {
      await closeNothing(error, redactor, alongside)
      return null
    }
    const failures = failuresBefore(error, cancelled.signal)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor, false, alongside)
  } finally {
    cancelled.end()
  }
  return null
}

function tellUnheard(inputs: RootInputs, redactor: Redactor): Alongside {
  const told = unheard(inputs)
  if (told.length === 0) return { outputs: {}, report: {}, summary: '' }
  print(noticeCommand(told.join('\n'), { title: 'inputs that did not apply' }))
  return { outputs: {}, report: { unheard: told }, summary: `### Inputs that did not apply\n\n${told.map((line) => `- ${prose(line, redactor)}`).join('\n')}\n` }
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  const core = await import('@actions/core')
  const [folders, config] = [core.getState('folders'), core.getState('docker-config')]
  await removeFolders(folders)
  if (config !== '') await removeConfig(config)
  await tellIfKilled(folders === '' ? undefined : whatClustersDo)
  await settleIfLeft()
}
