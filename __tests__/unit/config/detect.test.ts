import { faults, resolved, said, type Tree } from './commit'

const PACKAGE = '{\n  "dependencies": { "express": "5" }\n}\n'

describe('how the environment of a folder is made', () => {
  it.each<readonly [string, string, Tree, unknown, unknown]>([
    ['requirements.txt', 'start: x', { 'requirements.txt': '' }, 'python', { tool: 'requirements', file: 'requirements.txt' }],
    ['pyproject with uv.lock', 'start: x', { 'pyproject.toml': '[project]', 'uv.lock': '', 'requirements.txt': '' }, 'python',
      { tool: 'uv-lock' }],
    ['pyproject alone', 'start: x', { 'pyproject.toml': '[build-system]\n' }, 'python', { tool: 'pyproject' }],
    ['pyproject of settings', 'start: x', { 'pyproject.toml': '[tool.ruff]\n' }, 'python', { tool: 'none' }],
    ['requirements beside settings', 'start: x', { 'pyproject.toml': '[project]\n', 'requirements.txt': '' }, 'python',
      { tool: 'requirements', file: 'requirements.txt' }],
    ['npm lock', 'start: x', { 'package.json': PACKAGE, 'package-lock.json': '{}' }, 'node', { tool: 'npm-lock' }],
    ['shrinkwrap', 'start: x', { 'package.json': PACKAGE, 'npm-shrinkwrap.json': '{}' }, 'node', { tool: 'npm-lock' }],
    ['a requirements file by name', 'start: x\ninstall: deps/prod.txt', { 'deps/prod.txt': '', 'requirements.txt': '' }, 'python',
      { tool: 'requirements', file: 'deps/prod.txt' }],
    ['extras and groups', 'start: x\ninstall: { extras: [pg], groups: [b, a] }', { 'pyproject.toml': '[project]', 'uv.lock': '' }, 'python',
      { tool: 'uv-lock', extras: ['pg'], groups: ['a', 'b'] }],
    ['pnpm', 'start: x', { 'package.json': PACKAGE, 'pnpm-lock.yaml': '' }, 'node',
      { tool: 'pnpm-lock', manager: expect.stringMatching(/^pnpm@[\d.]+\+sha512\.[0-9a-f]{128}$/) }],
    ['pnpm by package.json', 'start: x', { 'package.json': '{"packageManager":"pnpm@9.1.0+sha1.ab"}', 'pnpm-lock.yaml': '', 'yarn.lock': '' },
      'node', { tool: 'pnpm-lock', manager: 'pnpm@9.1.0+sha1.ab' }],
    ['Yarn 1', 'start: x', { 'package.json': PACKAGE, 'yarn.lock': '# yarn lockfile v1\n' }, 'node',
      { tool: 'yarn-classic', manager: expect.stringMatching(/^yarn@1\./) }],
    ['Yarn of now', 'start: x', { 'package.json': PACKAGE, 'yarn.lock': '__metadata:\n  version: 8\n' }, 'node',
      { tool: 'yarn-berry', manager: expect.stringMatching(/^yarn@4\./) }],
    ['no dependencies', 'start: x', { 'package.json': '{"devDependencies":{"jest":"1"}}' }, 'node', { tool: 'none' }],
    ['poetry.lock beside requirements', 'start: x', { 'requirements.txt': '', 'poetry.lock': '' }, 'python',
      { tool: 'requirements', file: 'requirements.txt' }],
    ['both, start decides: node', 'start: exec env A=b node a.js', { 'requirements.txt': '', 'package.json': '{}' }, 'node',
      { tool: 'none' }],
    ['both, start decides: python', 'start: .venv/bin/gunicorn a:b', { 'requirements.txt': '', 'package.json': PACKAGE },
      'python',
      { tool: 'requirements', file: 'requirements.txt' }],
    ['both, runtime decides', 'start: ./run\nruntime: node', { 'requirements.txt': '', 'package.json': '{}' }, 'node',
      { tool: 'none' }]
  ])('%s', async (_, yaml, tree, runtime, install) => {
    const [web] = (await resolved(yaml, tree)).config.services
    expect(web!.runtime?.name).toBe(runtime)
    expect(web!.install).toEqual(install)
  })

  it.each<readonly [string, string, Tree, string, RegExp]>([
    ['no lock', 'start: x', { 'package.json': PACKAGE }, 'package.json:2:0 lock-missing',
      /npm install --package-lock-only` and commit/],
    ['no lock in a folder', 'start: x\npath: js', { 'js/package.json': PACKAGE }, 'js/package.json:2:0 lock-missing',
      /` in js and/],
    ['the lock of a workspace', 'start: x\npath: js', { 'js/package.json': PACKAGE, 'package-lock.json': '' },
      'js/package.json:2:0 lock-missing',
      /--workspaces=false/],
    ['builds need devDependencies', 'start: x\nbuild: npm run build', { 'package.json': '{"devDependencies":{"vite":"1"}}' },
      'package.json:1:0 lock-missing', /commit package-lock\.json/],
    ['bun', 'start: x', { 'package.json': PACKAGE, 'bun.lock': '' }, 'bun.lock:1:0 config-not-yet', /npm, pnpm and Yarn; this one is Bun/],
    ['a lock of another', 'start: x', { 'package.json': '{\n"packageManager": "pnpm@10.1.0"}', 'yarn.lock': '' },
      'package.json:2:0 config-lock-of-another', /commit pnpm-lock\.yaml/],
    ['a manager without exact version', 'start: x', { 'package.json': '{"packageManager": "pnpm@10"}', 'pnpm-lock.yaml': '' },
      'package.json:1:0 config-package-manager', /corepack use pnpm@/],
    ['a requirements file that is not there', 'start: x\ninstall: a.txt', {}, 'slipway.yml:2:1 config-install', /names a\.txt, which is no file/],
    ['a requirements file for Node', 'start: node a\ninstall: a.txt', { 'package.json': '{}', 'a.txt': '' }, 'slipway.yml:2:1 config-install',
      /secrets: \[NPM_TOKEN\]/],
    ['groups without a lock', 'start: x\ninstall: { groups: [a] }', { 'requirements.txt': '' }, 'slipway.yml:2:1 config-install', /uv lock/],
    ['poetry', 'start: x', { 'pyproject.toml': '[tool.poetry]', 'poetry.lock': '' }, 'poetry.lock:1:0 config-not-yet',
      /poetry export/],
    ['a uv workspace', 'start: x\npath: a', { 'a/pyproject.toml': '[project]', 'uv.lock': '' }, 'uv.lock:1:0 config-not-yet',
      /uv export/],
    ['broken package.json', 'start: x', { 'package.json': '{\n  "a": 1,\n  oops\n}' }, 'package.json:3:0 package-json-syntax',
      /not JSON/],
    ['both', 'start: ./run', { 'requirements.txt': '', 'package.json': '{}' }, 'slipway.yml:1:1 config-runtime-unclear',
      /requirements\.txt speaks for Python, package\.json for Node/]
  ])('refused: %s', async (_, yaml, tree, at, words) => {
    const failures = await faults(yaml, tree)
    expect(failures.map(said)).toEqual([at])
    expect(failures[0]!.message).toMatch(words)
  })
})

describe('versions', () => {
  it.each([['node@lts', '24'], ['node@lts/jod', '22']])('%s is a number in the release', async (runtime, version) => {
    expect((await resolved(`start: x\nruntime: ${runtime}`, {})).config.services[0]!.runtime).toEqual({ name: 'node', version })
  })

  it('lts/* of an .nvmrc is, too', async () => {
    const { config } = await resolved('start: node a.js', { '.nvmrc': 'lts/*\n' })
    expect(config.services[0]!.runtime).toEqual({ name: 'node', version: '24' })
  })

  it.each<readonly [string, string, Tree, string | null]>([
    ['.python-version', 'start: python a.py', { '.python-version': '3.12.1\n' }, '3.12.1'],
    ['of a folder above', 'start: python a.py\npath: a/b', { '.python-version': '# ours\ncpython-3.12\n', 'a/b/a.py': '' },
      '3.12'],
    ['slipway.yml comes first', 'start: x\nruntime: python@3.11', { '.python-version': '3.12' }, '3.11'],
    ['.nvmrc', 'start: node a.js', { '.nvmrc': 'v24.1.0' }, '24.1.0'],
    ['.node-version', 'start: node a.js\nruntime: node', { '.node-version': '22\n' }, '22'],
    ['none', 'start: node a.js', { '.python-version': '3.12' }, null]
  ])('%s', async (_, yaml, tree, version) => {
    expect((await resolved(yaml, tree)).config.services[0]!.runtime).toMatchObject({ version })
  })

  it.each([['.nvmrc', 'lts/argon', 'node'], ['.python-version', 'pypy3.10', 'python']])('%s with %s asks for a number',
    async (file, text, name) => {
    const failures = await faults(`start: x\nruntime: ${name}`, { [file]: `\n${text}\n` })
    expect(failures.map(said)).toEqual([`${file}:2:0 config-runtime-version`])
    expect(failures[0]!.cure).toContain(`runtime: ${name}@`)
  })
})

describe('commands that come from other files are checked like our own', () => {
  it.each<readonly [string, string | null, Tree, string]>([
    ['Procfile', null, { Procfile: '# x\nweb: +/bin/sh\n' }, 'Procfile:2:1 config-command-prefix'],
    ['Procfile name', null, { Procfile: 'web: x\nMy_Worker: y\n' }, 'Procfile:2:1 config-value'],
    ['Procfile line', null, { Procfile: 'web: x\nwhat is this\n' }, 'Procfile:2:1 procfile-syntax'],
    ['Procfile twice', null, { Procfile: 'web: x\nweb: y\n' }, 'Procfile:2:1 config-duplicate-key'],
    ['Procfile and a worker\'s key', 'on: first', { Procfile: 'web: x\nw: y\n' }, 'slipway.yml:1:1 config-two-forms'],
    ['Procfile release and before', 'before: x', { Procfile: 'web: x\nrelease: y\n' }, 'slipway.yml:1:1 config-two-forms'],
    ['package.json', null, { 'package.json': '{\n"scripts": {\n  "start": "node a\\nb"\n}}' },
      'package.json:3:0 config-line-break'],
    ['a script with more than that', null, { 'package.json': '{"scripts":{"start":"node a","prestart":"x"}}' }, 'config-no-start']
  ])('%s', async (_, yaml, tree, at) => {
    expect((await faults(yaml, tree)).map(said)).toEqual([at])
  })
})

describe('services of one folder', () => {
  const lock = { 'package.json': PACKAGE, 'package-lock.json': '{}' }
  it('cannot have two versions of Node where packages are installed', async () => {
    const yaml = 'services:\n  a: { start: node a, runtime: node@22 }\n  b: { start: node b, runtime: node@24 }\n'
    expect((await faults(yaml, lock)).map(said)).toEqual(['slipway.yml:3:23 config-not-together'])
    expect((await resolved(yaml, {})).config.services).toHaveLength(2)
  })

  it('cannot want different things installed', async () => {
    const yaml = 'services:\n  a: { start: python a, install: a.txt }\n  b: { start: python b, install: b.txt }\n'
    expect((await faults(yaml, { 'a.txt': '', 'b.txt': '' })).map(said)).toEqual(['slipway.yml:3:25 config-not-together'])
  })

  it('may have two Pythons', async () => {
    const yaml = 'services:\n  a: { start: python a, runtime: python@3.12 }\n  b: { start: python b, runtime: python@3.13 }\n'
    expect((await resolved(yaml, { 'requirements.txt': '' })).config.services).toHaveLength(2)
  })
})
