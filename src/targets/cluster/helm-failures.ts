import type { Finished } from '../../drivers/helm'
import { Failure } from '../../errors'

/** Why Helm did not do as it was told, by what it says. `doing`: `render the chart`; `folder`: of the chart in the repository, where it is from there. */
export function helmFailure({ stderr, code }: Pick<Finished, 'stderr' | 'code'>, doing: string, release: string, folder: string | null = null): Failure {
  const said = wordsOf(stderr)
  const evidence = [{ source: 'helm', text: stderr }]
  for (const [pattern, name, what, cure] of known) {
    const found = pattern.exec(stderr)
    if (found === null) continue
    const [first, second] = [found[1] ?? '', found[2] ?? '']
    return new Failure({ code: name, what: what(first, second, release, folder), why: said, cure: cure(first, second, release, folder), evidence, ...folder === null ? {} : at(folder, first, second, name) })
  }
  return new Failure({ code: 'helm-failed', what: `Helm could not ${doing}: ${said || `it ended with ${code}`}.`, cure: 'Correct what it says, and run the job again.', evidence })
}

/** A template's own place, where it is known. */
function at(folder: string, file: string, line: string, code: string): { readonly at?: { readonly file: string; readonly line: number } } {
  if (code !== 'template-error' || !/^\d+$/.test(line)) return {}
  return { at: { file: `${folder === '.' ? '' : `${folder}/`}${file.replace(/^[^/]+\//, '')}`, line: Number(line) } }
}

/** From the last error on, in a line: what it is about comes in those below. */
function wordsOf(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const from = lines.findLastIndex((line) => line.startsWith('Error'))
  return lines.slice(from < 0 ? -1 : from).map((line) => line.trim()).filter(Boolean).join(' ').replace(/^Error: /, '').slice(0, 800)
}

type Words = (first: string, second: string, release: string, folder: string | null) => string
/** Of a chart in the repository only what it depends on can be elsewhere. */
const sought = (folder: string | null, otherwise: string): string =>
  folder === null ? otherwise : `Check the dependencies in Chart.yaml and Chart.lock of the chart in \`${folder}\`; where one is gone, take another version: helm dependency update ${folder}`
const known: readonly (readonly [RegExp, string, Words, Words])[] = [
  [/found in Chart\.yaml, but missing in charts\/ directory: (.+)/, 'dependency-missing', (names) => `The chart needs ${names}, and charts/ does not have it.`,
    () => 'Commit what `helm dependency build` makes in charts/, or run that in a step before this one.'],
  [/the lock file \(([\w.]+)\) is out of sync/, 'dependency-unlocked', (lock) => `${lock} of the chart is not that of its dependencies.`, () => 'Type `helm dependency update`, and commit the lock that it writes.'],
  [/values don't meet the specifications of the schema/, 'values-refused', () => 'The values are not what the chart\'s schema asks for.', () => 'Correct the values; the schema is values.schema.json of the chart.'],
  [/(?:template: |parse error at \(|FAILED: )([^\s:()]+\/templates\/[^\s:()]+):(\d+)/, 'template-error', (file, line) => `The chart's template ${file} fails in line ${line}.`, () => 'Correct the template or the values it reads: helm template . --debug'],
  [/chart "?([^"\s]+)"?.* not found|no chart (?:version|name) found for (\S+)/, 'chart-not-found', (one, two) => `There is no chart ${one || two} in that version.`, (_one, _two, _release, folder) => sought(folder, 'Check `chart` and `chart-version`: helm show chart')],
  [/could not download (\S+): .*(?:: 404 |: not found)|could not find ?: entry not found/, 'chart-not-found', (from) => `There is no chart ${from === '' ? 'of that name and version in its repository' : `at ${from}`}.`,
    (_one, _two, _release, folder) => sought(folder, 'Check `chart` and `chart-version`: helm show chart')],
  [/(?:path|repo) "?([^"\s]+)"? not found/, 'chart-not-found', (path) => `There is no chart at ${path}.`, () => 'Check the input `chart`, or `cluster: { chart: … }` in slipway.yml.'],
  [/invalid ownership metadata|cannot be imported into the current release/, 'object-of-another', (_a, _b, release) => `Something that the chart makes is there already, and not of the release ${release}.`,
    (_a, _b, release) => `Remove or rename it; or hand it over: kubectl annotate … meta.helm.sh/release-name=${release} --overwrite; kubectl label … app.kubernetes.io/managed-by=Helm`],
  [/conflicts? (?:occurred while applying|with) "?([^"\n:]*)/, 'field-conflict', () => 'Somebody else owns a field that the chart sets.', () => 'Leave the field out of the chart (an autoscaler owns `replicas`), or have the other one give it up.'],
  [/another operation \(install\/upgrade\/rollback\) is in progress/, 'helm-busy', (_a, _b, release) => `Another Helm is at work on ${release}.`, () => 'Wait for it, then run the job again.'],
  [/(?:must have at most 1048576 (?:bytes|characters)|Request entity too large|data: Too long)/, 'release-too-large', () => 'The release is larger than the 1 MiB that a Secret may have.',
    () => 'Keep files that templates do not need out of the chart (.helmignore), and large data out of the values.'],
  [/exceeded quota: ([^,]+)/, 'quota-exceeded', (quota) => `The quota ${quota} of the namespace does not allow it.`, () => 'Ask for less, or have it raised: kubectl describe quota'],
  [/namespaces? "([^"]+)" not found/, 'namespace-missing', (name) => `There is no namespace ${name}.`, (name) => `Make it: kubectl create namespace ${name}`],
  [/User "([^"]+)" cannot (\S+ resource "[^"]+")/, 'rbac-missing', (user, what) => `${user} may not ${what}.`, (_user, what) => `Let its Role ${what.replace(' resource ', ' ')}.`],
  [/no matches for kind "([^"]+)" in version "([^"]+)"/, 'kind-unknown', (kind, version) => `The cluster has no ${kind} of ${version}.`, (kind) => `Write an apiVersion that it has (kubectl api-resources | grep -i ${kind}), or install what brings it.`],
  [/(?:401|unauthorized|UNAUTHORIZED|denied: )/, 'registry-unauthorized', () => 'Where the chart comes from does not let us read it.', () => 'Set `registry-username` and `registry-password`, or log in by a step before (`helm registry login`, `helm repo add`).'],
]
