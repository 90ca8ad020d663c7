import { releaseId } from '../../../../src/release/source'
import { faults, resolved, said } from '../commit'
import { composed } from './project'

const compose = 'services: { a: { image: x } }'

describe('where an app is deployed to', () => {
  it.each<[string, string | null, Record<string, string>, 'vm' | 'docker' | null, string]>([
    ['a Compose file alone', null, { 'compose.yaml': compose }, null, 'docker'],
    ['by another of its names', 'domain: a.example', { 'docker-compose.yml': compose }, null, 'docker'],
    ['and a package.json beside it', null, { 'docker-compose.yaml': compose, 'package.json': '{"scripts":{"start":"node a.js"}}' }, null, 'docker'],
    ['for an action that deploys to VMs', null, { 'compose.yaml': compose, 'package.json': '{"scripts":{"start":"node a.js"}}' }, 'vm', 'vm'],
    ['a start line', 'start: x', { 'compose.yaml': compose }, null, 'vm'],
    ['a Procfile', null, { 'compose.yaml': compose, Procfile: 'web: x' }, null, 'vm'],
    ['written', 'target: vm\nstart: x', { 'compose.yaml': compose }, 'docker', 'vm'],
    ['written for Docker', 'target: docker', { 'compose.yaml': compose }, 'vm', 'docker'],
    ['the key for it', 'compose: c.yaml', { 'c.yaml': compose }, 'vm', 'docker'],
    ['nothing but compose-up', 'domain: a.example', { 'compose.yaml': compose }, 'docker', 'docker'],
  ])('%s', async (_, yaml, tree, target, kind) => {
    expect((await resolved(yaml, tree, { target })).config.target).toBe(kind)
  })

  it('is told where nothing of a VM is found, and a Compose file is', async () => {
    const [failure] = await faults(null, { 'compose.yaml': compose }, { target: 'vm' })
    expect(said(failure!)).toBe('config-nothing-to-run')
    expect(failure!.cure).toMatch(/compose-up/)
  })
})

describe('the configuration of a host with Docker', () => {
  it('says everything', async () => {
    const { config } = await composed('name: notes\nservices: { web: { image: "x:$VERSION" }, b: { image: x, profiles: [q] } }', {}, { profiles: ['q'] },
      'target: docker\ndomain: notes.example.com\ncompose: { env: { LOG_LEVEL: info } }\nshared: [data]\nkeep: 3')
    expect(config).toEqual({
      app: 'shop', target: 'docker', domains: ['notes.example.com'], aliases: [], tls: { kind: 'acme' }, hsts: null, trustedProxies: [], services: [],
      compose: { files: ['compose.yaml'], project: 'notes', profiles: ['q'], env: { LOG_LEVEL: 'info' }, images: {}, variables: ['VERSION'] },
      shared: ['data'], scratch: [], artifacts: [], open: [], keep: 3, packages: [], supervisor: 'compose', pages: {}, tagPrefix: '', rollbackFloor: false,
    })
  })

  it('takes inputs before slipway.yml, and lists as well as the long form', async () => {
    const tree = { 'a.yaml': compose, 'b.yaml': compose, '.env': 'COMPOSE_PROFILES=x, y' }
    const of = async (yaml: string, inputs: Parameters<typeof composed>[2] = {}): Promise<unknown> => {
      const { files, profiles } = (await composed(compose, tree, inputs, yaml)).config.compose!
      return [files, profiles]
    }
    expect(await of('compose: [a.yaml, ./b.yaml]')).toEqual([['a.yaml', 'b.yaml'], ['x', 'y']])
    expect(await of('compose: { files: a.yaml, profiles: p }')).toEqual([['a.yaml'], ['p']])
    expect(await of('compose: { files: a.yaml, profiles: p }', { files: ['b.yaml'], profiles: ['q', 'p'] })).toEqual([['b.yaml'], ['p', 'q']])
  })

  it('is overlaid by an environment', async () => {
    const { config } = await resolved('compose: { env: { A: 1, B: 2 } }\nenvironments: { staging: { compose: { env: { A: 3, B: null } } } }', { 'compose.yaml': compose },
      { environment: 'staging' })
    expect(config.compose!.env).toEqual({ A: '3' })
  })
})

// Written down by the version before there was Docker: the id says which release a host has already.
it('leaves the ids of releases for VMs as they were', async () => {
  const { config } = await resolved('start: x\ndomain: a.example', {})
  expect(config).not.toHaveProperty('compose')
  expect(releaseId('v1', 'digest', config)).toBe(ID)
})

const ID = 'v1-c12e30de'
