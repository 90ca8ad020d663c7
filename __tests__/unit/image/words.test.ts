import { buildxWords, engineWords, valuesOf } from '../../../src/image/words'
import type { BuildRequest } from '../../../src/image/request'

const request: BuildRequest = {
  context: '/w/app', dockerfile: '/w/app/Dockerfile', target: 'web', platforms: ['linux/amd64', 'linux/arm64'],
  args: [{ name: 'A', value: 'visible-value' }],
  secrets: [{ id: 'npm', from: 'env', name: 'NPM_TOKEN', value: 'secret-value' }, { id: 'rc', from: 'file', path: '/w/a,b "c".txt' }],
  ssh: [{ id: 'default', from: 'agent', path: '/run/agent.sock' }], contexts: { shared: '/w/shared' },
  cacheFrom: ['type=gha'], cacheTo: ['type=gha,mode=max'], provenance: 'none', sbom: false, labels: { 'org.x': 'a b' }, epoch: 1700000000,
}

describe('the words of a build', () => {
  it('push by digest, and hold no value', () => {
    const words = buildxWords(request, { kind: 'digest', image: 'r.example/a', rewrites: true }, '/t/m.json')
    expect(words).toEqual([
      'buildx', 'build', '--progress=plain', '--file', '/w/app/Dockerfile', '--target', 'web', '--platform', 'linux/amd64,linux/arm64',
      '--build-arg', 'A', '--build-arg', 'SOURCE_DATE_EPOCH', '--label', 'org.x=a b',
      '--secret', 'id=npm,env=NPM_TOKEN', '--secret', 'id=rc,"src=/w/a,b ""c"".txt"', '--ssh', 'default=/run/agent.sock',
      '--build-context', 'shared=/w/shared', '--cache-from', 'type=gha', '--cache-to', 'type=gha,mode=max',
      '--provenance=false', '--metadata-file', '/t/m.json',
      '--output', 'type=image,name=r.example/a,push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true', '/w/app',
    ])
    expect(words.join(' ')).not.toMatch(/secret-value|visible-value/)
    expect(valuesOf(request)).toEqual({ A: 'visible-value', NPM_TOKEN: 'secret-value', SOURCE_DATE_EPOCH: '1700000000' })
  })

  it('ask for provenance and a list of contents only when told to', () => {
    const words = buildxWords({ ...request, provenance: 'min', sbom: true }, { kind: 'nowhere' }, '/t/m.json')
    expect(words).toEqual(expect.arrayContaining(['--provenance=mode=min', '--sbom=true', 'type=cacheonly']))
  })

  it('of an Engine alone hold neither secrets nor caches', () => {
    expect(engineWords({ ...request, secrets: [], platforms: [] }, 'r.example/a:sha-1').join(' ')).toBe(
      'build --file /w/app/Dockerfile --target web --build-arg A --build-arg SOURCE_DATE_EPOCH --label org.x=a b --tag r.example/a:sha-1 /w/app')
  })
})
