import { push, setUp, succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { loadOn } from '../harness/load'
import { makeRepository } from '../harness/repository'
import { appsHost, asUser } from '../harness/tiny-app'

describe('the smallest examples', () => {
  let host: Host
  beforeAll(async () => { host = asUser(await appsHost(), 'deploy') }, 300_000)

  it.each([['minimal-python', 'python.example.com'], ['minimal-node', 'node.example.com']])('%s is served', async (example, domain) => {
    const repository = await makeRepository(example, { tag: 'v1.0.0' })
    repository.replace('slipway.yml', /^/, `app: ${example}\ndomain: ${domain}\ntls: off\n`)
    await repository.commit('with a domain', 'v1.0.1')
    succeeded(await setUp(host, repository))
    const run = succeeded(await push(host, repository))
    expect(run.outputs).toMatchObject({ status: 'deployed', version: 'v1.0.1', changed: 'true' })
    const result = await loadOn(host, { host: domain, count: 20, requests: ['GET /'] }).done
    expect(result).toMatchObject({ sent: 20, ok: 20, failed: 0, versions: { '1.0.0': 20 } })
    repository.remove()
  }, 300_000)
})
