import { bad, textFormat, type Format, type Reading } from '../format'
import { pathInside } from '../names'
import { scalar, shown } from '../tree'
import type { ChartSource } from '../types'

/** Where a chart is, as slipway.yml or an input says; a version may still come from elsewhere. */
export type ChartAsked =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'repository'; readonly url: string; readonly name: string; readonly version: string | null }
  | { readonly kind: 'oci'; readonly reference: string; readonly version: string | null; readonly digest: string | null }

const EXACT = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/
const OCI = /^oci:\/\/(?<reference>[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

/** `1.2.3`: a release must install the same chart each time. */
export const chartVersion: Format<string> = textFormat({
  says: 'an exact version', example: '1.2.3', pattern: EXACT, longest: 128, make: (version) => version,
  check(version) {
    if (EXACT.test(version)) return undefined
    const range = /[~^<>=*|, xX]|^v?\d+(\.\d+)?$|^latest$/.test(version)
    return bad(`is ${shown(version)}, ${range ? 'which stands for more than one version' : 'which is no version of a chart'}`,
      'Write all three numbers of one version: `1.2.3`; `helm search repo NAME --versions` lists them.',
      range ? 'What it stands for can be another chart tomorrow.' : undefined)
  }
})

const NAME = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/

/** What a chart is called in its repository. */
export const chartName: Format<string> = textFormat({
  says: 'the name of a chart in its repository', example: 'nginx', pattern: NAME, longest: 250, make: (name) => name,
  check: (name) => !name.includes('/') ? undefined : bad(`is ${shown(name)}, which has a slash`, `Write the name alone: \`${name.split('/').at(-1) ?? ''}\`.`,
    'What stands before the slash is a name that `helm repo add` gave on some machine.')
})

/** `https://charts.example.com`: what `helm --repo` takes. */
export const repositoryUrl: Format<string> = textFormat({
  says: 'the URL of a chart repository', example: 'https://charts.example.com', longest: 500, make: (url) => url.replace(/\/+$/, ''),
  pattern: /^(https:\/\/|oci:\/\/|http:\/\/(localhost|127(\.\d+){3})[:/])[^\s@?#]+$/,
  check(url) {
    if (/^[a-z]+:\/\/[^/]*@/i.test(url)) return bad('has a user in it', 'Leave the user out, and give `registry-username` and `registry-password`.', 'It would be in the log.')
    if (/^http:/.test(url) && !/^http:\/\/(localhost|127(\.\d+){3})[:/]/.test(url)) return bad(`is ${shown(url)}, which is not encrypted`, 'Write `https://…`.', 'Anyone on the way could put another chart in its place.')
    if (/\.ya?ml$|\.tgz$/.test(url)) return bad(`is ${shown(url)}, a file`, 'Write the URL that `helm repo add` takes, without the file.')
    return undefined
  }
})

/** `deploy/chart`, `oci://ghcr.io/acme/charts/shop:1.2.3`, `oci://…@sha256:…`. */
export const chartPlace: Format<ChartAsked> = {
  says: 'a folder of the repository, or `oci://…`', example: 'deploy/chart', json: { type: 'string', maxLength: 600 },
  read: (node) => typeof node.value === 'string' && /^[a-z]+:\/\//i.test(node.value) ? ociOf(node.value) : folderOf(pathInside.read(node), node.text)
}

function folderOf(reading: Reading<string>, text: string): Reading<ChartAsked> {
  if ('problem' in reading) return text === '.' || text === './' ? { value: { kind: 'folder', path: '.' } } : reading
  return /\.tgz$/.test(reading.value) ? bad(`is ${shown(text)}, a packed chart`, `Unpack it into the repository (\`tar xzf ${text}\`), and name its folder; or push it to a registry, and write \`oci://…\`.`)
    : { value: { kind: 'folder', path: reading.value.replace(/\/Chart\.yaml$/, '') } }
}

function ociOf(text: string): Reading<ChartAsked> {
  const { reference, tag, digest } = OCI.exec(text)?.groups ?? {}
  if (reference === undefined) {
    if (/^https?:\/\//i.test(text)) {
      return bad(`is the URL ${shown(text)}`, 'Name the repository and the chart in it: `chart: { name: nginx, repository: https://charts.example.com, version: 1.2.3 }` in slipway.yml, '
        + 'or the inputs `chart`, `chart-repository` and `chart-version`.', 'What lies there can be another chart tomorrow.')
    }
    return bad(`is ${shown(text)}, which is no chart in a registry`, 'Write `oci://registry.example.com/path/chart:1.2.3`, or `oci://…@sha256:…`.')
  }
  // Tags have no plus sign: Helm writes `_` for it.
  const version = tag?.replaceAll('_', '+') ?? null
  if (version !== null) {
    const read = chartVersion.read(scalar(version, undefined))
    if ('problem' in read) return { problem: { ...read.problem, what: `is ${shown(text)}, and \`${tag}\` is no exact version` } }
  }
  return { value: { kind: 'oci', reference: `oci://${reference}`, version, digest: digest ?? null } }
}

/** A name with its repository, as `dependencies` of a Chart.yaml have it. */
export function inRepository(name: string, repository: string, version: string | null): ChartAsked {
  return repository.startsWith('oci://') ? { kind: 'oci', reference: `${repository}/${name}`, version, digest: null } : { kind: 'repository', url: repository, name, version }
}

/** The chart with the version that is said apart from it; a `problem` when it says otherwise itself, or nothing says it. */
export function pinned(chart: ChartAsked, version: string | null): Reading<ChartSource> {
  if (chart.kind === 'folder') {
    return version === null ? { value: chart } : bad(`is ${version}, and the chart is the folder \`${chart.path}\``, 'Leave it out: the version of a folder is that in its Chart.yaml.')
  }
  if (version !== null && chart.version !== null && version !== chart.version) {
    return bad(`is ${version}, and the chart is said to be of version ${chart.version}`, 'Keep one of the two.')
  }
  const exact = version ?? chart.version
  if (chart.kind === 'oci') {
    return exact !== null || chart.digest !== null ? { value: { ...chart, version: exact } } : bad('is not said', `Write it: \`${chart.reference}:1.2.3\`, or its digest: \`${chart.reference}@sha256:…\`.`, 'A release must install the same chart each time.')
  }
  return exact !== null ? { value: { ...chart, version: exact } } : bad('is not said', `Write the version of \`${chart.name}\`: \`1.2.3\`.`, 'A release must install the same chart each time.')
}
