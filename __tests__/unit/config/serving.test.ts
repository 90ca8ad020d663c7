import { faults, resolved, said, type Tree } from './commit'

const sites: Tree = { 'public/index.html': '', 'src/js/dist/x.js': '', 'public/500.html': '' }

describe('services of files', () => {
  const service = async (yaml: string, tree = sites): Promise<unknown> => (await resolved(yaml, tree)).config.services[0]

  it('need a folder and nothing else: no process, no runtime', async () => {
    expect(await service('static: public')).toMatchObject({
      name: 'web', route: '/', start: '', instances: 0, runtime: null, install: { tool: 'none' },
      static: { folder: 'public', fallback: null, cache: null }
    })
    // A package.json with a start script beside it is not run.
    const tree = { ...sites, 'package.json': '{ "scripts": { "start": "node x" } }', 'Procfile': 'web: x' }
    expect(await service('static: public', tree)).toMatchObject({ start: '', runtime: null })
  })

  it('have their folder below their path, and keys of their own', async () => {
    expect(await service('services: { js: { path: src/js, static: { folder: dist, fallback: i.html, cache: 1h }, route: /js } }'))
      .toMatchObject({ static: { folder: 'src/js/dist', fallback: 'i.html', cache: 3600 } })
  })

  it('may be built, and then have a runtime', async () => {
    const tree = { 'package.json': '{}', 'package-lock.json': '{"lockfileVersion":3,"packages":{}}' }
    expect(await service('static: dist\nbuild: npm run build', tree))
      .toMatchObject({ runtime: { name: 'node' }, static: { folder: 'dist' } })
  })

  it.each([
    ['static: public\nstart: x', 'slipway.yml:2:1 config-not-together'],
    ['static: public\ninstances: 2', 'slipway.yml:2:1 config-not-together'],
    ['static: public\nlisten: socket', 'slipway.yml:2:1 config-not-together'],
    ['static: public\nhealth: python check.py', 'slipway.yml:2:1 config-not-together'],
    ['static: public\nbefore: x', 'slipway.yml:2:1 config-not-together'],
    ['static: public\nprotocol: http', 'slipway.yml:2:1 config-not-together'],
    ['services: { a: { static: public } }', 'slipway.yml:1:18 config-not-together'],
    ['static: { fallback: index.html }', 'slipway.yml:1:1 config-not-together'],
    ['static: absent', 'slipway.yml:1:1 config-no-folder'],
    ['static: public\nscratch: [public]', 'slipway.yml:1:1 config-not-together'],
    ['static: .', 'slipway.yml:1:9 config-value'],
    ['static: pub$uri', 'slipway.yml:1:9 config-value'],
    ['static: \'a"; }\'', 'slipway.yml:1:9 config-value'],
    ['static: ../x', 'slipway.yml:1:9 config-value']
  ])('are refused: %j', async (yaml, line) => {
    expect((await faults(yaml, sites)).map(said)).toEqual([line])
  })

  it.each(['static: dist\nartifacts: [dist]', 'static: dist/a\nartifacts: [dist]', 'static: media\nshared: [media]',
    'services: { a: { static: dist, route: / }, b: { start: ./b, build: make } }'])('may come from elsewhere: %j', async (yaml) => {
    await expect(resolved(yaml, {})).resolves.toBeDefined()
  })
})

describe('addresses', () => {
  it.each([
    ['start: ./x --bind unix:$SOCKET', /names \$SOCKET/, /listen: socket/],
    ['start: ./x --bind unix:${SOCKET}', /names \$SOCKET/, /listen: socket/],
    ['start: ./x --port $PORT\nlisten: socket', /names \$PORT/, /unix:\$SOCKET/],
    ['start: ./x\nlisten: socket\nenv: { SOCKET: x }', /sets SOCKET/, /Remove SOCKET/],
    ['services: { a: { start: ./x, listen: port } }', /for a worker/, /Add `route/]
  ])('do not go together with what is said elsewhere: %j', async (yaml, what, cure) => {
    const [failure, ...more] = await faults(yaml)
    expect(more).toEqual([])
    expect(failure?.what).toMatch(what)
    expect(failure?.cure).toMatch(cure)
  })

  it('are what they are said to be', async () => {
    const { config } = await resolved('start: ./x --bind unix:$SOCKET\nlisten: socket')
    expect(config.services[0]).toMatchObject({ listen: 'socket', instances: 1 })
    await expect(resolved('start: ./x $PORTS $SOCKETS')).resolves.toBeDefined()
  })
})

describe('uWSGI', () => {
  it.each([
    ['uwsgi --ini app.ini', 'SIGQUIT'], ['exec A=b /usr/bin/uwsgi x', 'SIGQUIT'], ['pyuwsgi x', 'SIGQUIT'], ['gunicorn uwsgi', 'SIGTERM']
  ])('%s ends by %s, for SIGTERM would make it start anew', async (start, signal) => {
    const tree = { 'requirements.txt': '' }
    expect((await resolved(`start: ${start}\nruntime: python`, tree)).config.services[0]?.stop.signal).toBe(signal)
    expect((await resolved(`start: ${start}\nruntime: python\nstop: { signal: SIGINT }`, tree)).config.services[0]?.stop.signal).toBe('SIGINT')
  })
})

describe('pages', () => {
  it('are files of the commit, or made by a build', async () => {
    expect((await resolved('start: x\npages: { error: public/500.html }', sites)).config.pages).toEqual({ error: 'public/500.html' })
    expect((await resolved('start: x', sites)).config.pages).toEqual({})
    await expect(resolved('start: ./x\nbuild: make\npages: { error: out/500.html }')).resolves.toBeDefined()
    expect((await faults('start: ./x\npages: { error: out/500.html }')).map(said)).toEqual(['slipway.yml:2:1 config-no-file'])
    expect((await faults('start: ./x\npages: { eror: a }')).map(said)).toEqual(['slipway.yml:2:10 config-unknown-key'])
  })
})
