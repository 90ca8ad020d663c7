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
    ['pnpm', 'start: x', { 'package.json': PACKAGE, 'pnpm-lock.yaml': '' }, 'pnpm-lock.yaml:1:0 config-not-yet', /pnpm/],
    ['yarn', 'start: x', { 'package.json': PACKAGE, 'yarn.lock': '' }, 'yarn.lock:1:0 config-not-yet', /yarn/],
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

  it.each([['.nvmrc', 'lts/*', 'node'], ['.python-version', 'pypy3.10', 'python']])('%s with %s asks for a number',
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
