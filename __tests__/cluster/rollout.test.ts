import { succeeded } from '../host/harness/deploy'
import { ClusterApp } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'

/** From a tag to what serves and back, by both Helms. */
describe.each([3, 4] as const)('Helm %i', (helm) => {
  let namespace: Namespace
  let app: ClusterApp
  beforeAll(async () => {
    namespace = await freshNamespace(`rollout${helm}`)
    app = await ClusterApp.ofChart(namespace, { helm })
    // Where the token stands in a ConfigMap and a variable, too.
    app.repository.write({ 'chart/templates/leaky.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: leaky }\ndata: { url: "https://ada:{{ .Values.token }}@example.com" }\n' })
  }, 1_200_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await namespace?.remove()
  })

  it('a first release is installed, proven and told of', async () => {
    await app.release('v1.0.0')
    const run = succeeded(await app.up())
    expect(run.outputs).toMatchObject({ status: 'deployed', changed: 'true', version: 'v1.0.0', previous: '', serving: 'v1.0.0', revision: '1' })
    expect(run.summary).toMatch(/Deployment shop: 2 of 2 pods on .*web@sha256:/)
    expect(run.summary).toMatch(/Service shop: [12] endpoints?, all new/)
    expect(run.summary).toContain('shop v1.0.0 is serving on')
    expect(await app.served()).toBe('v1.0.0')
  })

  it('the same again changes nothing, and says so', async () => {
    const run = succeeded(await app.up())
    expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false', serving: 'v1.0.0' })
    expect(await app.revisions()).toEqual({ 1: 'deployed' })
  })

  it('a dry run is the difference, without what is secret', async () => {
    await app.release('v1.1.0', { values: { greeting: 'good morning' } })
    const run = succeeded(await app.up({ inputs: { 'dry-run': 'true' }, env: { TOKEN: 'another-token-of-the-test' } }))
    expect(run.outputs).toMatchObject({ status: 'planned', changed: 'false', serving: 'v1.0.0' })
    expect(run.log).toMatch(/\+ {2}greeting: good morning/)
    expect(run.log).toMatch(/TOKEN: \(hidden, /)
    expect(run.log + run.summary).not.toMatch(/^(?!::add-mask::).*(another-token|swordfish)-of-the-test/m)
    expect(await app.revisions()).toEqual({ 1: 'deployed' })
  })

  it('an upgrade, and back by itself, and forward by name', async () => {
    const run = succeeded(await app.up())
    expect(run.log).toMatch(/::group::.*what changes[^]*\+ {2}greeting: good morning[^]*::endgroup::/)
    expect(run.summary).toMatch(/<details><summary>.*what changes<\/summary>[^]*\+ {2}greeting: good morning[^]*<\/details>/)
    expect(await app.served()).toBe('v1.1.0')
    const back = succeeded(await app.up({ inputs: { operation: 'rollback' } }))
    expect(back.outputs).toMatchObject({ status: 'rolled-back', version: 'v1.0.0', previous: 'v1.1.0', serving: 'v1.0.0' })
    expect(await app.served()).toBe('v1.0.0')
    const forward = succeeded(await app.up({ inputs: { operation: 'rollback', version: 'v1.1.0' } }))
    expect(forward.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1.1.0' })
    expect(await app.served()).toBe('v1.1.0')
  })

  it('a changed secret is another activation, and rolls the pods', async () => {
    const run = succeeded(await app.up({ env: { TOKEN: 'rotated-token-of-the-test' } }))
    expect(run.outputs).toMatchObject({ status: 'deployed', version: 'v1.1.0' })
    expect(run.log).not.toMatch(/^(?!::add-mask::).*rotated-token-of-the-test/m)
  })

  it('to one of Helm\'s revisions, of which a version may have several', async () => {
    const token = async (): Promise<string> => Buffer.from(await namespace.kubectl(['get', 'secret', 'shop-keys', '--output', 'jsonpath={.data.TOKEN}']), 'base64').toString()
    expect(await token()).toBe('rotated-token-of-the-test')
    const back = succeeded(await app.up({ inputs: { operation: 'rollback', revision: '2' }, env: { TOKEN: '' } }))
    expect(back.outputs).toMatchObject({ status: 'rolled-back', version: 'v1.1.0', serving: 'v1.1.0' })
    expect(await token()).toBe('swordfish-of-the-test')
    // Both tokens were secret once, and nobody has given them to this run.
    expect(back.log).toMatch(/- {2}url: https:\/\/ada:\(hidden, [0-9a-f]{6}\)@example\.com\n.*\+ {2}url: https:\/\/ada:\(hidden, /)
    expect(back.log + back.summary).not.toMatch(/^(?!::add-mask::).*(swordfish|rotated-token)-of-the-test/m)
    expect((await app.up({ inputs: { operation: 'rollback', revision: '99' } })).log).toMatch(/revision-missing[^]*There are .*\(serves\)/)
  })

  it('a restart makes all pods anew', async () => {
    const names = async (): Promise<readonly string[]> => (await namespace.kubectl(['get', 'pods', '--selector', 'app=shop', '--field-selector', 'status.phase=Running', '--output', 'name'])).split('\n')
    const before = await names()
    const run = succeeded(await app.up({ inputs: { operation: 'restart' } }))
    expect(run.outputs).toMatchObject({ status: 'restarted', serving: 'v1.1.0' })
    const after = await namespace.get<{ readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[] }>('pods', '--selector', 'app=shop')
    const living = after.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => `pod/${metadata.name}`)
    expect(living.filter((name) => before.includes(name))).toEqual([])
  })

  it('an image that crashes is red in seconds, with its last words, and what served serves', async () => {
    await app.release('v1.2.0', { variant: 'crash' })
    const run = await app.up()
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'reverted', serving: 'v1.1.0' })
    expect(run.log).toMatch(/Deployment shop cannot become ready: web ends with exit code 3/)
    expect(run.log).toContain('fatal: the setting PAYMENTS_URL is missing')
    expect(await app.served()).toBe('v1.1.0')
    expect(Object.values(await app.revisions()).filter((status) => status.startsWith('pending'))).toEqual([])
  })

  it('status says what serves, and takes no lock', async () => {
    const run = succeeded(await app.up({ inputs: { operation: 'status' } }))
    expect(run.outputs).toMatchObject({ status: 'status', serving: 'v1.1.0' })
    expect(run.summary).toContain('shop v1.1.0 is serving on')
  })

  it('what somebody has upgraded by hand is known as that, and can be returned to', async () => {
    for (const greeting of ['first by hand', 'by hand']) await app.helm('upgrade', 'shop', `${app.repository.path}/chart`, '--reuse-values', '--set', `greeting=${greeting}`)
    await app.release('v1.3.0')
    const run = succeeded(await app.up())
    expect(run.outputs['previous']).toMatch(/^revision-\d+$/)
    expect(run.log).toContain('was made by hand')
    const back = succeeded(await app.up({ inputs: { operation: 'rollback' } }))
    expect(back.outputs['serving']).toBe(run.outputs['previous'])
    expect(await namespace.kubectl(['get', 'configmap', 'shop-config', '--output', 'jsonpath={.data.greeting}'])).toBe('by hand')
    // One that never served when a run looked, and is still in Helm's history.
    const first = Number(run.outputs['previous']?.slice('revision-'.length)) - 1
    expect(succeeded(await app.up({ inputs: { operation: 'rollback', revision: String(first) } })).outputs).toMatchObject({ serving: `revision-${first}` })
    expect(await namespace.kubectl(['get', 'configmap', 'shop-config', '--output', 'jsonpath={.data.greeting}'])).toBe('first by hand')
  })
})
