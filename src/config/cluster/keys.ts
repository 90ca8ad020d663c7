import { pathInside, secretName } from '../names'
import { either, group, key, list, map, needing, value, type Read, type Shape } from '../shapes'
import { called, isNull } from '../tree'
import { chartName, chartPlace, chartVersion, inRepository, repositoryUrl, type ChartAsked } from './chart'
import { imageService, namespaceName, releaseName, valuePath } from './names'
import { valuesOf, type ChartValues } from './values'
import { Failure } from '../../errors'

export const chartKeys = {
  name: key(value(chartName), 'Its name there. Needed.', '', ['chart']),
  repository: key(value(repositoryUrl), 'The URL that `helm repo add` takes, or `oci://…` without the name. Needed.', '', ['repo', 'url']),
  version: key(value(chartVersion), 'Its exact version.', 'the input `chart-version`', ['tag'])
}

const longChart = needing<Read<typeof chartKeys>, ChartAsked>('name',
  needing<Read<typeof chartKeys>, Read<typeof chartKeys>>('repository', group(chartKeys, '{ name: nginx, repository: https://charts.example.com, version: 1.2.3 }'),
    (read) => read.repository === undefined ? undefined : read),
  ({ name, repository, version = null }) => name === undefined || repository === undefined ? undefined : inRepository(name, repository, version))

/** Any mapping: what is in it is the chart's business. */
const values: Shape<ChartValues> = {
  example: '{ replicaCount: 2 }', says: 'a mapping',
  json: () => ({ type: ['object', 'null'] }),
  read(node, walk) {
    if (isNull(node)) return {}
    if (node.kind === 'mapping') return valuesOf(node, walk.findings)
    walk.findings.add(new Failure({
      code: 'config-wrong-type', at: node.at, what: `\`${walk.place}\` must be a mapping, not ${called(node)}.`, cure: 'Write for example `values: { replicaCount: 2 }`; files belong under `values-files`.'
    }))
    return undefined
  }
}

export const clusterKeys = {
  chart: key(either<ChartAsked, ChartAsked>(value(chartPlace), longChart),
    'A folder of the repository, `oci://registry/path:1.2.3` (or by digest), or a chart of a repository by these keys.',
    '`chart`, `helm`, `deploy/chart`, one in `charts`, or the root; with `services` our own', ['path', 'folder', 'chart-path']),
  release: key(value(releaseName), 'What Helm calls the release.', '`app`', ['name', 'release-name', 'release_name']),
  namespace: key(value(namespaceName), 'Where it is installed.', 'that of the kubeconfig\'s context', ['ns']),
  'values-files': key(list(value({ ...pathInside, example: 'deploy/production.yaml' }), { single: true }),
    'Files of values in the repository, later ones over earlier ones.', 'none', ['values-file', 'values_files', 'valueFiles', 'value-files']),
  values: key(values, 'Values over those of the files. No secrets.', 'none', ['set', 'overrides']),
  'secret-values': key(map(valuePath, value({ ...secretName, example: 'DATABASE_PASSWORD' })),
    'Paths in the values with the name of the secret that goes there; it comes as `env` of the step.', 'none', ['secrets', 'secret_values', 'secret']),
  images: key(map(imageService, value({ ...valuePath, example: 'web.image' })),
    'Where in the values each image of the input `images` goes: to a text, or to a mapping with `repository`.',
    '`image` for the only one, else `NAME.image`', ['image'])
}

export const clusterShape = either<ChartAsked, Read<typeof clusterKeys>>(clusterKeys.chart.shape, group(clusterKeys, '{ chart: deploy/chart, namespace: shop }'))
