import { helmFailure } from '../../../src/targets/cluster'

const gone = [
  ['Error: chart "redis" matching 9.9.9 not found in c index. (try \'helm repo update\')', 'redis'],
  ['Error: could not download https://c.example.com/redis-1.0.0.tgz: failed to fetch https://c.example.com/redis-1.0.0.tgz : 404 File not found', 'https://c.example.com/redis-1.0.0.tgz'],
  ['Error: could not find : entry not found', 'in its repository'],
] as const

describe('a chart that is not there', () => {
  it.each(gone)('%s: whose inputs name it looks at those', (stderr, named) => {
    expect(helmFailure({ stderr, code: 1 }, 'bring the chart', 'shop')).toMatchObject({ code: 'chart-not-found', what: expect.stringContaining(named), cure: 'Check `chart` and `chart-version`: helm show chart' })
  })

  it.each(gone)('%s: what a chart of the repository depends on is in its Chart.yaml and its lock', (stderr, named) => {
    const failure = helmFailure({ stderr, code: 1 }, 'fetch the dependencies of the chart', 'shop', 'deploy/chart')
    expect(failure).toMatchObject({ code: 'chart-not-found', what: expect.stringContaining(named), cure: expect.stringMatching(/Chart\.yaml and Chart\.lock of the chart in `deploy\/chart`.*helm dependency update deploy\/chart$/) })
    expect(failure.cure).not.toContain('chart-version')
  })
})
