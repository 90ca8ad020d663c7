import { setUp, succeeded } from '../host/harness/deploy'
import { freshHost, type Host } from '../host/harness/hosts'
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from './harness/act'
import { startBuilder, trustBuilder, type Builder } from './harness/builder'
import { ImageApp } from './harness/image-app'
import { servedBy } from './harness/vm-app'

let production: Host
let staging: Host
let builder: Builder
let app: ImageApp

const domain = 'shop.example.com'
const slipwayYml = (more: object = {}): string => JSON.stringify({ app: 'shop', target: 'docker', domain, tls: 'off', rollout: { drain: '2s' }, ...more }, null, 2)

beforeAll(async () => {
  builder = await startBuilder();
  [production, staging] = await Promise.all([freshHost('workflow-docker', { image: 'docker', user: 'deploy' }), freshHost('workflow-staging', { image: 'docker', user: 'deploy' })])
  // A name of its own, for images outlive a run.
  const image = `${builder.closed}/workflow-${Date.now().toString(36)}/web`
  app = await ImageApp.make({
    'slipway.yml': slipwayYml(),
    'compose.yaml': JSON.stringify({ services: { web: {
      image: `${image}:\${VERSION}`, build: '.', ports: ['80:8000'], stop_grace_period: '1s',
      environment: { PASSWORD: '${POSTGRES_PASSWORD:?the password of the database}' },
    } } }, null, 2),
  })
  for (const host of [production, staging]) {
    await trustBuilder(host, builder)
    succeeded(await setUp(host, app.repository))
  }
}, 900_000)
afterAll(async () => {
  app[Symbol.dispose]()
  await builder[Symbol.asyncDispose]()
})

function started(name: string, options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> {
  return runWorkflow(name, {
    repository: app.repository, env: builder.env,
    vars: { HOSTS: production.line, STAGING_HOSTS: staging.line, KNOWN_HOSTS: production.knownHosts + staging.knownHosts },
    secrets: {
      GITHUB_TOKEN: builder.password, SSH_KEY: production.key, STAGING_SSH_KEY: staging.key, POSTGRES_PASSWORD: 'swordfish-of-production',
      STAGING_POSTGRES_PASSWORD: 'swordfish-of-staging', APP_ENV: '# of the app\nPOSTGRES_PASSWORD=swordfish-of-production\n',
    },
    ...options,
  })
}

async function green(name: string, options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> {
  const run = await started(name, options)
  if (!run.succeeded) throw new Error(run.log)
  expect(run.log).not.toContain('swordfish')
  expect(run.log).not.toContain(builder.password)
  return run
}

/** What runs on a host, by digest. */
const running = (host: Host): Promise<string> => host.shell(`docker ps --quiet --filter label=slipway.app=shop | xargs docker inspect --format '{{.Image}}'`)

describe.each([['docker-release.yml', '1.0'], ['one-step-docker.yml', '1.1']])('%s', (name, line) => {
  it('takes a tag to an image and to a served app, and back without the registry', async () => {
    for (const version of [`${line}.0`, `${line}.1`]) {
      expect((await green(name, { event: 'push', ref: await app.release(version) })).jobs).toEqual({ release: 'success' })
      expect(await servedBy(production, domain)).toBe(version)
    }
    await green(name, { event: 'workflow_dispatch', inputs: { operation: 'rollback', version: '' } })
    expect(await servedBy(production, domain)).toBe(`${line}.0`)
    const back = await green(name, { event: 'workflow_dispatch', inputs: { operation: 'rollback', version: `v${line}.1` } })
    expect(back.log).not.toMatch(/would be built|is in the registry/)
    expect(await servedBy(production, domain)).toBe(`${line}.1`)
  })
})

describe('reusable.yml', () => {
  it('builds, passes the approval, and deploys, and goes back without either', async () => {
    for (const version of ['2.0.0', '2.0.1']) {
      const run = await green('reusable.yml', { event: 'push', ref: await app.release(version) })
      expect(run.jobs).toMatchObject({ build: 'success', approval: 'success', deploy: 'success' })
      expect(await servedBy(production, domain)).toBe(version)
    }
    const back = await green('reusable.yml', { event: 'workflow_dispatch', inputs: { operation: 'rollback', version: '' } })
    expect(back.jobs).toMatchObject({ deploy: 'success' })
    expect(back.log).not.toMatch(/Main OWNER\/slipway\/actions\/build-image|echo approved/)
    expect(await servedBy(production, domain)).toBe('2.0.0')
  })

  it.each(['PATH=/tmp', 'NODE_OPTIONS=--require=/tmp/x.js', 'no assignment'])('is red for a line of the app that is none: %s', async (line) => {
    const run = await started('reusable.yml', {
      event: 'push', ref: await app.release(`2.1.${line.length}`), secrets: { GITHUB_TOKEN: builder.password, SSH_KEY: production.key, APP_ENV: line },
    })
    expect([run.succeeded, run.jobs['deploy']]).toEqual([false, 'failure'])
    expect(run.log).toContain('::error::The secret env has a line that is no NAME=value of an app.')
    expect(await servedBy(production, domain)).toBe('2.0.0')
  })
})

describe('promote.yml', () => {
  it('builds once and takes the same digest to staging and production; the digest passes between jobs whole', async () => {
    app.repository.write({ 'slipway.yml': slipwayYml({ environments: { staging: { domain: 'staging.example.com' }, production: {} } }) })
    const run = await green('promote.yml', { event: 'push', ref: await app.release('3.0.0') })
    expect(run.jobs).toEqual({ build: 'success', staging: 'success', production: 'success' })
    expect([await servedBy(staging, 'staging.example.com'), await servedBy(production, domain)]).toEqual(['3.0.0', '3.0.0'])
    expect(await running(staging)).toBe(await running(production))
    // Nothing of it is masked, or GitHub would leave it out.
    expect(run.log).toMatch(new RegExp(`set-output:: images=\\{"web":"${builder.closed}/workflow-\\w+/web@sha256:[0-9a-f]{64}"\\}`))
  })

  it('touches nothing of production when staging is red', async () => {
    const ref = await app.release('3.1.0')
    await staging.shell('systemctl stop docker docker.socket')
    const run = await started('promote.yml', { event: 'push', ref })
    expect([run.succeeded, run.jobs['staging'], run.jobs['production'] ?? 'skipped']).toEqual([false, 'failure', 'skipped'])
    expect(await servedBy(production, domain)).toBe('3.0.0')
  })
})
