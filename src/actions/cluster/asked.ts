import {
  chartName, chartPlace, chartVersion, Findings, inRepository, namespaceName, pathInside, readValuesInput, releaseName, repositoryUrl,
  type ChartValues, type ClusterInputs, type Format,
} from '../../config'
import { collecting, Failure, throwAll } from '../../errors'
import { kubeconfigSecrets, type HelmUpgradeInputs } from '../../inputs'
import { parseImages, type ServiceImage } from '../compose/images'
import { halfLogin } from '../image/asked'
import { parseHelmVersion, type HelmWanted } from './helm-version'
import { secretsIn } from './hidden'
import { readKubeconfig, type Kubeconfig } from './kubeconfig'

/** What a step's `with:` means, checked as far as it can be without a checkout and a cluster. */
export interface ClusterAsked {
  readonly inputs: ClusterInputs
  /** Null: the environment says how to reach the cluster, and `kubeContext` which of its contexts. */
  readonly kubeconfig: Kubeconfig | null
  readonly kubeContext: string | null
  /** Null: what the runner has. */
  readonly helm: HelmWanted | null
  readonly images: readonly ServiceImage[]
  /** Revision to go back to; null: `version` says, or nothing does. */
  readonly revision: number | null
  /** To be hidden before anything else is done. */
  readonly secrets: readonly string[]
}

/** Throws all that is wrong with the inputs at once. */
export function readCluster(inputs: HelmUpgradeInputs): ClusterAsked {
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
  const kubeconfig = inputs.kubeconfig === null ? null : attempt(() => readKubeconfig(inputs.kubeconfig ?? '', inputs.kubeContext))
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
  const { registryUsername: user, registryPassword: password, registry } = inputs
  if ((user === null) !== (password === null)) failures.push(halfLogin(user === null ? 'registry-username' : 'registry-password'))
  else if (registry !== null && user === null) failures.push(registryAlone(registry))
  if (inputs.revision !== null && inputs.operation !== 'rollback') failures.push(revisionOf(inputs.operation))
  else if (inputs.revision !== null && inputs.version !== null) failures.push(twoWays())
  throwAll(failures)
  return {
    inputs: {
      chart: name !== null && repository !== null ? inRepository(name, repository, version) : chart, chartVersion: name === null ? version : null, release, namespace, valuesFiles, values,
      images: deploys ? Object.fromEntries(images.map(({ service, reference }) => [service, reference])) : null,
    },
    kubeconfig, kubeContext: inputs.kubeContext, helm, images, revision: inputs.revision,
    secrets: [...inputs.kubeconfig === null ? [] : kubeconfigSecrets(inputs.kubeconfig), ...secretsIn(values), ...password === null ? [] : [password]],
  }
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

function registryAlone(registry: string): Failure {
  return new Failure({ code: 'registry-login', what: `The input \`registry\` is \`${registry}\`, and nobody is to log in there.`, cure: 'Give `registry-username` and `registry-password`, or take `registry` away.' })
}

function revisionOf(operation: string): Failure {
  return new Failure({ code: 'revision-without-rollback', what: `The input \`revision\` is given, and \`operation\` is \`${operation}\`.`, cure: 'Write `operation: rollback`, or take `revision` away.' })
}

function twoWays(): Failure {
  return new Failure({ code: 'inputs-contradict', what: '`revision` and `version` are given both.', why: 'Each says what to return to.', cure: 'Keep one of the two.' })
}
