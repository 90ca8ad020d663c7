import { homedir } from 'node:os'
import {
  chartName, chartPlace, chartVersion, Findings, inRepository, namespaceName, pathInside, readValuesInput, releaseName, repositoryUrl,
  type ChartValues, type ClusterInputs, type Format,
} from '../../config'
import { collecting, Failure, failuresOf, throwAll } from '../../errors'
import { decodedKubeconfig, kubeconfigSecrets, type HelmUpgradeInputs } from '../../inputs'
import type { WantedHelm } from '../../drivers/helm'
import { readKubeconfig, type Kubeconfig } from '../../drivers/kubernetes'
import { parseImages, type ServiceImage } from '../compose/images'
import { halfLogin } from '../image/asked'
import { parseHelmVersion } from './helm-version'
import { saysSecret, secretsIn } from './hidden'

/** What a step's `with:` means, checked as far as it can be without a checkout and a cluster. */
export interface ClusterAsked {
  readonly inputs: ClusterInputs
  readonly kubeconfig: Kubeconfig
  /** Null: what the runner has. */
  readonly helm: WantedHelm | null
  readonly images: readonly ServiceImage[]
  /** Revision to go back to; null: `version` says, or nothing does. */
  readonly revision: number | null
  /** To be hidden before anything else is done. */
  readonly secrets: readonly string[]
}

/** Throws all that is wrong with the inputs, and with the kubeconfig that they or earlier steps name, at once. */
export async function readCluster(inputs: HelmUpgradeInputs, env: NodeJS.ProcessEnv): Promise<ClusterAsked> {
  const failures: Failure[] = []
  const attempt = <T>(work: () => T): T | null => collecting(failures, work)
  const read = <T>(input: string, format: Format<T>, written: string | null): T | null => {
    if (written === null) return null
    const reading = format.read({ kind: 'scalar', value: written, text: written, at: undefined })
    if ('value' in reading) return reading.value
    const { what, why, cure } = reading.problem
    failures.push(new Failure({ code: 'cluster-input', what: `The input \`${input}\` ${what}.`, why, cure: cure ?? `Write for example \`${input}: ${format.example}\`.` }))
    return null
  }
  const deploys = inputs.operation === 'deploy'
  const kubeconfig = await kubeconfigOf(inputs, env).catch((error: unknown) => {
    const found = failuresOf(error)
    if (found.length === 0) throw error
    failures.push(...found)
    return null
  })
  const repository = read('chart-repository', repositoryUrl, inputs.chartRepository)
  const version = read('chart-version', chartVersion, inputs.chartVersion)
  const chart = inputs.chartRepository === null ? read('chart', chartPlace, inputs.chart) : null
  const name = inputs.chartRepository === null ? null : read('chart', chartName, inputs.chart)
  if (inputs.chartRepository !== null && inputs.chart === null) failures.push(noName())
  const namespace = read('namespace', namespaceName, inputs.namespace)
  const release = read('release-name', releaseName, inputs.releaseName)
  const valuesFiles = inputs.valuesFiles.map((path) => read('values-files', pathInside, path)).filter((path) => path !== null)
  const values = attempt(() => valuesOf(inputs.values)) ?? {}
  const images = attempt(() => parseImages(inputs.images ?? '')) ?? []
  for (const { service, reference } of images.filter(({ registry }) => registry === null)) failures.push(onlyHere(service, reference))
  const helm = attempt(() => inputs.helmVersion === null ? null : parseHelmVersion(inputs.helmVersion))
  const { registry, registryUsername: user, registryPassword: password } = inputs
  if ((user === null) !== (password === null)) failures.push(halfLogin(user === null ? 'registry-username' : 'registry-password'))
  else if (registry !== null && user === null) failures.push(nobody(registry))
  if (inputs.revision !== null && inputs.operation !== 'rollback') failures.push(revisionOf(inputs.operation))
  else if (inputs.revision !== null && inputs.version !== null) failures.push(twoWays())
  throwAll(failures)
  if (kubeconfig === null) throw new Error('a kubeconfig was refused without a reason')
  return {
    inputs: {
      chart: name !== null && repository !== null ? inRepository(name, repository, version) : chart, chartVersion: name === null ? version : null, release, namespace, valuesFiles, values,
      images: deploys ? Object.fromEntries(images.map(({ service, reference }) => [service, reference])) : null,
    },
    kubeconfig, helm, images, revision: inputs.revision,
    secrets: [...new Set([...inputs.kubeconfig === null ? [] : kubeconfigSecrets(inputs.kubeconfig), ...secretsOf(kubeconfig), ...secretsIn(values), ...password === null ? [] : [password]])],
  }
}

function nobody(registry: string): Failure {
  return new Failure({
    code: 'registry-login', what: `The input \`registry\` is ${registry}, and \`registry-username\` and \`registry-password\` are empty.`,
    why: 'It says where that user is known. A secret that is not set, or that this run may not read (a fork, Dependabot), comes as an empty text.',
    cure: 'Give both; or leave `registry` out, and log in by a step before (`helm registry login`, `helm repo add`).',
  })
}

/** Wherever it came from: what it has in plain text, and what it gives the program that logs in under a name that says so. */
function secretsOf({ token, basic, client, exec }: Kubeconfig): readonly string[] {
  const given = Object.entries(exec?.env ?? {}).filter(([name]) => saysSecret(name)).map(([, value]) => value)
  return [token, basic?.password, client?.key, ...given].filter((secret) => secret !== null && secret !== undefined)
}

async function kubeconfigOf({ kubeconfig: text, kubeContext: context }: HelmUpgradeInputs, env: NodeJS.ProcessEnv): Promise<Kubeconfig> {
  const word = text === null ? '' : decodedKubeconfig(text).trim()
  if (/^(~|\.{0,2}\/|[A-Za-z]:\\)?[\w./\\-]{1,200}$/.test(word) && /[\\/]|\.(ya?ml|conf|json)$|^(config|kubeconfig)$/.test(word)) {
    throw new Failure({
      code: 'kubeconfig-path', what: 'The input `kubeconfig` is a path.', why: 'It takes the content of the file.',
      cure: 'Leave the input out and give the step `env: { KUBECONFIG: <the path> }`; or store the content: kubectl config view --raw --minify --flatten | gh secret set KUBECONFIG',
    })
  }
  return await readKubeconfig({ text, context, env, home: env['HOME'] || homedir() })
}

function valuesOf(text: string | null): ChartValues {
  const findings = new Findings()
  const values = text === null ? {} : readValuesInput(text, 'values', findings)
  findings.throw()
  return values ?? {}
}

function noName(): Failure {
  return new Failure({ code: 'cluster-input', what: 'The input `chart-repository` is given, and `chart` names no chart in it.', cure: 'Write the chart\'s name: `chart: nginx`; or take `chart-repository` away.' })
}

function onlyHere(service: string, reference: string): Failure {
  return new Failure({
    code: 'image-not-in-registry', what: `The input \`images\` says \`${service}=${reference.split(':')[0] ?? ''}:…\`, an image that only this runner has.`, why: 'Nodes of a cluster pull images from a registry.',
    cure: `Push it by build-image, and write \`${service}=\${{ steps.build.outputs.image }}\`.`,
  })
}

function revisionOf(operation: string): Failure {
  return new Failure({ code: 'revision-without-rollback', what: `The input \`revision\` is given, and \`operation\` is \`${operation}\`.`, cure: 'Write `operation: rollback`, or take `revision` away.' })
}

function twoWays(): Failure {
  return new Failure({ code: 'inputs-contradict', what: '`revision` and `version` are given both.', why: 'Each says what to return to.', cure: 'Keep one of the two.' })
}
