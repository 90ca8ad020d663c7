import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveConfig } from '../../src/config'
import { setUp, succeeded } from './harness/deploy'
import { freshHost, sharedHost, type Host } from './harness/hosts'
import { ask, errorsOf, shownLog, TinyApp } from './harness/tiny-app'

const host = (): Promise<Host> => sharedHost('runtimes', {}, () => Promise.resolve())
const tools = 'PATH=$(echo /usr/local/lib/slipway/tools/node-24*/bin):$(echo /usr/local/lib/slipway/tools/uv-*):$PATH'
/** A Node service that answers with `say`, an expression. */
const saying = (say: string): string => `require('http').createServer((_, answer) => answer.end(JSON.stringify({ version: ${say} })))
  .listen(process.env.PORT, '127.0.0.1')`
const node = { runtime: 'node@24', start: 'node main.js', route: '/js', path: 'js' }

/** What an installer writes in a folder with these files, run on the host as a user would at home. */
async function locked(on: Host, files: Readonly<Record<string, string>>, command: string, lock: string): Promise<string> {
  const folder = await on.shell('mktemp -d')
  for (const [name, text] of Object.entries(files)) await on.shell(`cat >${folder}/${name}`, { input: text })
  await on.shell(`cd ${folder}; set -a; . /etc/environment; set +a; export ${tools} COREPACK_ENABLE_DOWNLOAD_PROMPT=0 HOME=${folder} YARN_ENABLE_TELEMETRY=0
    registry=$(npm config get registry --location=global); export COREPACK_NPM_REGISTRY=\${registry%/} YARN_NPM_REGISTRY_SERVER=\${registry%/}
    ${command}`, { timeout: 200_000 })
  return on.shell(`cat ${folder}/${lock}; rm -rf ${folder}`)
}

/** The version with its hash that stands in for one that package.json does not name. */
async function managerOf(lock: string, text: string): Promise<string> {
  const tree: Record<string, string> = { 'package.json': '{"dependencies":{"a":"1"}}', [lock]: text, 'slipway.yml': 'start: node a.js' }
  const { config } = await resolveConfig({ repositoryName: 'a/b', files: {
    read: (path) => Promise.resolve(tree[path] ?? null), exists: (path) => path in tree, list: () => Object.keys(tree)
  } })
  const [service] = config.services
  return service !== undefined && 'manager' in service.install ? service.install.manager : ''
}

describe('pnpm and Yarn', () => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(await host(), 'locks', { config: { services: { js: node } }, files: { 'js/main.js': saying('"v1"') } })
  }, 600_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  const say = 'require("is-number/package.json").version + [require("fs").existsSync("node_modules/is-odd") ? " dev" : ""]'
  const manifest = JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { 'is-number': '7.0.0' }, devDependencies: { 'is-odd': '3.0.1' } })
  const none = { 'js/pnpm-lock.yaml': undefined, 'js/yarn.lock': undefined }
  let present: Record<string, undefined> = {}

  it.each([
    ['pnpm', 'pnpm-lock.yaml', 'lockfileVersion: "9.0"', 'install --lockfile-only'],
    ['classic', 'yarn.lock', '# yarn lockfile v1', 'install --ignore-scripts'],
    ['berry', 'yarn.lock', '__metadata:', 'install --mode=update-lockfile'],
  ])('install what %s has locked, without what is for development', async (label, lock, sample, command) => {
    const manager = await managerOf(lock, sample)
    const text = await locked(app.host, { 'package.json': manifest }, `touch ${lock}; corepack ${manager} ${command}`, lock)
    expect(text).toContain(label === 'pnpm' ? 'lockfileVersion' : label === 'berry' ? '__metadata' : 'yarn lockfile v1')
    await app.release({ tag: `v-${label}`, files: { ...present, 'js/package.json': manifest, [`js/${lock}`]: `${text}\n`, 'js/main.js': saying(say) } })
    present = Object.fromEntries(Object.entries(none).filter(([name]) => name === `js/${lock}`))
    const run = succeeded(await app.push())
    expect(shownLog(run)).toMatch(/node 24\.\d+\.\d+ environment new/)
    expect((await ask(app.host, app.domain, '/js')).told.version).toBe('7.0.0')
    const release = await app.host.shell(`ls -d /opt/${app.name}/releases/v-${label}-*/src/js`)
    // Nothing that a later builder could write to, and no link that leads out.
    expect(await app.host.shell(`find ${release}/node_modules ! -user root; find ${release}/node_modules -type f -links +1 | head`)).toBe('')
    expect(await app.host.shell(`find ${release}/node_modules -type l -exec realpath {} + | grep -v ^${release}/ || true`)).toBe('')
    // The next release links the same packages.
    await app.release({ tag: `v-${label}-2`, files: { 'js/main.js': saying(`${say} + " again"`) } })
    expect(shownLog(succeeded(await app.push()))).toMatch(/node environment reused/)
    expect((await ask(app.host, app.domain, '/js')).told.version).toBe('7.0.0 again')
  })

  it('is refused when the lock does not fit, with what to type', async () => {
    await app.release({ tag: 'v-apart', files: { 'js/package.json': manifest.replace('7.0.0', '6.0.0') } })
    const run = await app.push()
    expect(errorsOf(run)).toMatch(/yarn\.lock does not fit js\/package\.json/)
    expect(errorsOf(run)).toMatch(/Run `yarn install` in js at home, commit yarn\.lock/)
    expect((await ask(app.host, app.domain, '/js')).told.version).toBe('7.0.0 again')
  })
})

describe('a package that compiles', () => {
  let app: TinyApp
  beforeAll(async () => {
    // What is installed is never removed, so that a shared host would have it from an earlier run.
    app = await TinyApp.on(await freshHost('runtimes-compile'), 'compile', { web: { runtime: 'python@3.11' } })
    await app.host.shell('! command -v gcc')
  }, 600_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await app?.host.remove()
  })

  const requirements = 'lru-dict==1.3.0\n--no-binary lru-dict\n'

  it('fails without a compiler, and the failure has the line to add', async () => {
    await app.release({ tag: 'v2', files: { 'requirements.txt': requirements } })
    const run = await app.push()
    expect(errorsOf(run)).toMatch(/has to be compiled, and this host lacks what that takes: gcc, python3-dev/)
    expect(errorsOf(run)).toContain('`packages: [gcc, python3-dev]`')
  })

  it('is told to run setup-vm first when that line is there', async () => {
    await app.release({ tag: 'v3', config: { packages: ['gcc', 'python3-dev'] }, web: { start: 'python -c "import lru" && exec python main.py' } })
    expect(errorsOf(await app.push())).toMatch(/lacks packages that slipway\.yml names: gcc, python3-dev\.[^]*Run setup-vm/)
  })

  it('compiles once setup-vm has installed them', async () => {
    const prepared = succeeded(await setUp(app.host, app.repository))
    expect(prepared.log).toMatch(/changed +packages: install gcc python3-dev/)
    succeeded(await app.push())
    expect(await app.serves()).toMatch(/^v3 /)
    expect(await app.host.shell(`ls /opt/${app.name}/releases/v3-*/env/*/lib/python3.11/site-packages/lru | grep '\\.so$'`)).toMatch(/\.so$/)
  }, 600_000)
})

describe('requirements with hashes', () => {
  let app: TinyApp
  beforeAll(async () => { app = await TinyApp.on(await host(), 'hashes') }, 600_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  it('are all to have one where one has', async () => {
    const text = await locked(app.host, { 'a.in': 'idna==3.10\n' }, 'uv pip compile --quiet --generate-hashes a.in -o a.txt', 'a.txt')
    await app.release({ tag: 'v2', web: { install: 'deps/prod.txt', start: 'python -c "import idna" && exec python main.py' },
      files: { 'deps/prod.txt': '-r base.txt\n-c pins.txt\n', 'deps/base.txt': `${text}\n`, 'deps/pins.txt': 'six==1.16.0\n' } })
    succeeded(await app.push())
    await app.release({ tag: 'v3', files: { 'deps/prod.txt': '-r base.txt\n-c pins.txt\nsix\n' } })
    expect(errorsOf(await app.push())).toMatch(/Some requirements in deps\/prod\.txt have a hash, and others have none/)
    await app.release({ tag: 'v4', files: { 'deps/prod.txt': '-r base.txt\n', 'deps/base.txt': `${text.replace(/sha256:[0-9a-f]{8}/g, 'sha256:00000000')}\n` } })
    expect(errorsOf(await app.push())).toMatch(/not the one that was locked: its hash differs/)
    expect(await app.serves()).toMatch(/^v2 /)
  })
})

/** Folder, lock, how such a lock begins, what makes it, and what says where the registry is. */
const managers = (rc: string, berry: string): readonly (readonly [string, string, string, string, Record<string, string>])[] => [
  ['pnpm', 'pnpm-lock.yaml', 'lockfileVersion: "9.0"', 'install --lockfile-only', { '.npmrc': rc }],
  ['classic', 'yarn.lock', '# yarn lockfile v1', 'install --ignore-scripts', { '.npmrc': rc }],
  ['berry', 'yarn.lock', '__metadata:', 'install --mode=update-lockfile', { '.yarnrc.yml': berry }],
]

describe('private indexes', () => {
  let app: TinyApp
  const port = 8643
  const [password, token] = ['pass-word-of-the-index-1', 'token-of-the-registry-22']
  const secrets = { UV_INDEX_CORP_USERNAME: 'ada', UV_INDEX_CORP_PASSWORD: password, CORP_PASSWORD: password, NPM_TOKEN: token }
  const unit = 'private-index'

  beforeAll(async () => {
    const on = await host()
    await on.shell('cat >/root/private-index.py', { input: readFileSync(join(import.meta.dirname, 'harness/private-index/serve.py'), 'utf8') })
    await on.shell(`systemctl stop ${unit} 2>/dev/null || true; systemd-run -q --unit=${unit} python3 /root/private-index.py ${port} ${password} ${token}`)
    await on.shell(`for n in $(seq 600); do curl -s -o /dev/null http://127.0.0.1:${port}/ && exit 0; sleep 0.1; done; exit 1`)
    const pyproject = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["corp-greeter"]\n'
      + `[tool.uv.sources]\ncorp-greeter = { index = "corp" }\n[[tool.uv.index]]\nname = "corp"\nurl = "http://127.0.0.1:${port}/simple"\nexplicit = true\n`
    const lock = await locked(on, { 'pyproject.toml': pyproject },
      `UV_INDEX_CORP_USERNAME=ada UV_INDEX_CORP_PASSWORD=${password} uv lock --quiet --python /usr/bin/python3`, 'uv.lock')
    const manifest = '{"name":"x","version":"1.0.0","dependencies":{"@corp/greeter":"1.0.0"},"scripts":{"postinstall":"node own.js"}}'
    const rc = `@corp:registry=http://127.0.0.1:${port}/npm/\n//127.0.0.1:${port}/npm/:_authToken=\${NPM_TOKEN}\n`
    const berry = `npmPreapprovedPackages: ["@corp/*"]\nenableScripts: true\nunsafeHttpWhitelist: ["127.0.0.1"]\nnpmScopes:\n  corp:\n    npmRegistryServer: "http://127.0.0.1:${port}/npm"\n`
      + '    npmAlwaysAuth: true\n    npmAuthToken: "${NPM_TOKEN}"\n'
    const plain = '{"name":"x","version":"1.0.0","dependencies":{"@corp/greeter":"1.0.0"},"pnpm":{"onlyBuiltDependencies":["@corp/greeter"]}}'
    const others: Record<string, string> = {}
    for (const [folder, lockName, sample, command, settings] of managers(rc, berry)) {
      const files = { 'package.json': plain, ...settings }
      const text = await locked(on, files, `export NPM_TOKEN=${token}; touch ${lockName}; corepack ${await managerOf(lockName, sample)} ${command}`, lockName)
      for (const [name, content] of Object.entries({ ...files, [lockName]: `${text}\n` })) others[`${folder}/${name}`] = content
    }
    app = await TinyApp.on(on, 'private', {
      files: {
        'u/pyproject.toml': pyproject, 'u/uv.lock': `${lock}\n`, 'u/main.py': readFileSync(join(import.meta.dirname, 'harness/tiny-app/main.py'), 'utf8'),
        'r/requirements.txt': `--extra-index-url http://ada:\${CORP_PASSWORD}@127.0.0.1:${port}/simple\ncorp-greeter==1.0\n`,
        'js/package.json': manifest, 'js/.npmrc': rc, 'js/own.js': 'require("fs").writeFileSync("own.txt", "ran")',
        'js/package-lock.json': await locked(on, { 'package.json': manifest, '.npmrc': rc },
          `NPM_TOKEN=${token} npm install --package-lock-only --ignore-scripts --silent`, 'package-lock.json'),
        'js/main.js': saying('require("@corp/greeter")'), ...others,
      },
      config: { services: {
        uv: { path: 'u', runtime: 'python', start: 'python -c "import corp_greeter" && exec sleep 1000',
          install: { secrets: ['UV_INDEX_CORP_USERNAME', 'UV_INDEX_CORP_PASSWORD'] } },
        pip: { path: 'r', runtime: 'python', start: 'python -c "import corp_greeter" && exec sleep 1000', install: { secrets: ['CORP_PASSWORD'] } },
        js: { ...node, install: { secrets: ['NPM_TOKEN'] } },
        ...Object.fromEntries(managers('', '').map(([path]) => [path, { path, runtime: 'node@24', start: 'sleep 1000', install: { secrets: ['NPM_TOKEN'] } }])),
      } },
    })
  }, 600_000)
  afterAll(async () => {
    await app?.host.shell(`systemctl stop ${unit} 2>/dev/null || true`)
    app?.[Symbol.dispose]()
  })

  it('name what is missing, before anything is made', async () => {
    const run = await app.push({ env: { NPM_TOKEN: token } })
    expect(errorsOf(run)).toMatch(/3 secrets are missing: UV_INDEX_CORP_USERNAME \(slipway\.yml:\d+, for uv, not given\)/)
  })

  it('say that the index refused the credentials, and never which they were', async () => {
    const wrong = 'wrong-password-333'
    const run = await app.push({ env: { ...secrets, UV_INDEX_CORP_PASSWORD: wrong, CORP_PASSWORD: wrong } })
    expect(errorsOf(run)).toMatch(/wants credentials that it was not given, or others/)
    for (const text of [shownLog(run), run.summary, JSON.stringify(run.outputs)]) expect(text).not.toContain(wrong)
  })

  it('serve who has the credentials', async () => {
    const run = succeeded(await app.push({ env: secrets }))
    expect((await ask(app.host, app.domain, '/js')).told.version).toBe('from the private registry')
    for (const text of [shownLog(run), run.summary, JSON.stringify(run.outputs)]) {
      expect(text).not.toContain(password)
      expect(text).not.toContain(token)
    }
  })

  it('leave no credential on the host: not in the release, the caches, the activation or the journal', async () => {
    const basic = Buffer.from(`ada:${password}`).toString('base64')
    // All but the command line of the index itself.
    const found = await app.host.shell(`grep -rlaF --exclude=${unit}.service -e ${password} -e ${token} -e ${basic} /opt/${app.name} /var/cache/slipway/${app.name} /var/lib/slipway /tmp /run/systemd /etc/systemd `
      + '2>/dev/null || true')
    expect(found).toBe('')
    expect(await app.host.shell(`journalctl -o cat --since -10min | grep -F -e ${password} -e ${token} | grep -v private-index || true`)).toBe('')
    expect(await app.host.shell(`ls -A /opt/${app.name}/releases/v1-*/ | grep build || true`)).toBe('')
  })

  it('run the scripts of packages without the credentials, and those of the app as ever', async () => {
    for (const folder of ['js', 'pnpm', 'classic', 'berry']) {
      const variables = JSON.parse(await app.host.shell(`cat /opt/${app.name}/releases/v1-*/src/${folder}/node_modules/@corp/greeter/ran.json`)) as Record<string, string>
      expect([folder, variables['npm_lifecycle_event']]).toEqual([folder, 'postinstall'])
      expect(variables['NPM_TOKEN'] ?? '').toBe('')
      expect(JSON.stringify(variables)).not.toContain(token)
    }
    expect(await app.host.shell(`cat /opt/${app.name}/releases/v1-*/src/js/own.txt`)).toBe('ran')
  })

  it('are not asked again for a release that has the same packages', async () => {
    await app.host.shell(`systemctl stop ${unit}`)
    await app.release({ tag: 'v2' })
    expect(shownLog(succeeded(await app.push({ env: secrets })))).toMatch(/python environment reused/)
  })
})
