import { faults, said } from './commit'

/** Position and code, and words that the message must have in what, why or cure. */
type Case = readonly [yaml: string, at: string, ...words: (string | RegExp)[]]

async function expectFault([yaml, at, ...words]: Case, tree: Record<string, string> = {}): Promise<void> {
  const failures = await faults(yaml, tree)
  expect(failures.map(said)).toEqual([at])
  const text = `${failures[0]!.what}\n${failures[0]!.why}\n${failures[0]!.cure}`
  for (const word of words) expect(text).toMatch(word)
  expect(failures[0]!.cure).not.toBe('')
  // One line of the user's text may not become several lines or colours of a log.
  expect(failures[0]!.what).not.toMatch(/[\u0000-\u001f\u007f]/)
}

const service = (line: string): string => `services:\n  api:\n    start: node a.js\n    ${line}\n`
const top = (line: string): string => `start: node a.js\n${line}\n`

describe('text that is not YAML as it should be', () => {
  it.each<Case>([
    ['start: a: b\n', 'slipway.yml:1:8 config-syntax', /second `: `/, /single quotes/],
    ['services:\n\tapi: {}\n', 'slipway.yml:2:1 config-syntax', /tab/, /two spaces/],
    ['start: @x\n', 'slipway.yml:1:8 config-syntax', /@/, /quotes/],
    ['start: node a.js\nenv: { A: "x }\n', 'slipway.yml:2:11 config-syntax', /never closed/],
    ['start: x\nkeep\n', 'slipway.yml:2:1 config-syntax', /key: value/],
    ['start: x\nenv: { A: b\n', 'slipway.yml:3:1 config-syntax', /missing/],
    ['start: !x y\n', 'slipway.yml:1:8 config-syntax', /tag/],
    ['start: *x\n', 'slipway.yml:1:8 config-syntax', /\*x refers to nothing/, /quotes/],
    ['start: x\nservices:\n  - a\n b: c\n', 'slipway.yml:4:1 config-syntax', /indentation/],
    ['%YAML 1.1\n---\nstart: x\n', 'slipway.yml:1:1 config-syntax', /1\.1/, /Remove/],
    ['start: x\n---\nstart: y\n', 'slipway.yml:2:1 config-several-documents', /several/],
    ['start: x\nkeep: 5\nkeep: 6\n', 'slipway.yml:3:1 config-duplicate-key', /line 2/],
    ['start: x\nenv:\n  <<: { A: b }\n', 'slipway.yml:3:3 config-merge-key', /\*env/],
    ['- a\n', 'slipway.yml:1:1 config-wrong-type', /a list, not a mapping/],
    ['node main.js\n', 'slipway.yml:1:1 config-wrong-type', /start:/],
    ['start: x\n? [a, b]\n: c\n', 'slipway.yml:2:3 config-syntax', /key/],
    [`start: x # ${'x'.repeat(300_000)}`, 'slipway.yml:1:1 config-too-large', /262144/]
  ])('%j', async (...row) => { await expectFault(row as unknown as Case) })

  it.each(['start: x\nshared: &a [*a]\n',
    `start: ${'['.repeat(20_000)}`])('what is nested without end is refused', async (yaml) => {
    const codes = (await faults(yaml)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'config-too-deep')).toHaveLength(1)
  })

  // Whole it would be 9¹² values: nobody would see the end of this test.
  it('an alias bomb is refused without being written out', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
    const failures = await faults(['start: x', 'l0: &l0 [lol]', ...levels].join('\n'))
    expect(failures.map(({ code }) => code)).toContain('config-too-large')
  })
})

describe('keys', () => {
  it.each<Case>([
    ['strat: node a.js\n', 'slipway.yml:1:1 config-unknown-key', /`strat`/, /Did you mean `start`/],
    [top('healthcheck: /up'), 'slipway.yml:2:1 config-unknown-key', /`health`/],
    [service('command: x'), 'slipway.yml:4:5 config-unknown-key', /`services\.api\.command`/, /`start`/],
    [service('keep: 5'), 'slipway.yml:4:5 config-unknown-key', /belongs at the top/],
    [service('port: 8000'), 'slipway.yml:4:5 config-unknown-key', /\$PORT/],
    [service('environment: { A: b }'), 'slipway.yml:4:5 config-unknown-key', /`env`/],
    [top('environment: { a: {} }'), 'slipway.yml:2:1 config-unknown-key', /`environments`/],
    [top('drain: 10s'), 'slipway.yml:2:1 config-unknown-key', /rollout: \{ drain/],
    [top('rollout: { xyzzy: 1 }'), 'slipway.yml:2:12 config-unknown-key', /Known here: canary, wave/],
    [top('__proto__: 1'), 'slipway.yml:2:1 config-unknown-key'],
    ['services: { api: { start: x } }\nroute: /\n', 'slipway.yml:2:1 config-two-forms', /services\.api\.route/]
  ])('%j', async (...row) => { await expectFault(row as unknown as Case) })

  it('overlays that are not chosen are checked as well', async () => {
    const yaml = 'start: x\nenvironments:\n  production: {}\n  staging: { domian: a.b, keep: five }\n'
    expect((await faults(yaml, {}, { environment: 'production' })).map(said))
      .toEqual(['slipway.yml:4:14 config-unknown-key', 'slipway.yml:4:33 config-wrong-type'])
  })
})

describe('values', () => {
  it.each<Case>([
    // wrong types
    ['start: 5\n', 'slipway.yml:1:8 config-wrong-type', /not the number 5/, /'5'/],
    ['start: [node, a.js]\n', 'slipway.yml:1:8 config-wrong-type', /not a list/, /start: gunicorn/],
    ['start:\n', 'slipway.yml:1:1 config-empty', /`start` is empty/],
    [top('keep: "5"'), 'slipway.yml:2:7 config-wrong-type', /the text "5"/, /Remove the quotes/],
    [top('keep: 0'), 'slipway.yml:2:7 config-value', /from 1 to 100, not 0/],
    [top('instances: 65'), 'slipway.yml:2:12 config-value', /1 to 64/],
    [top('instances: 1.5'), 'slipway.yml:2:12 config-value', /1\.5/],
    [service('overlap: no'), 'slipway.yml:4:14 config-wrong-type', /`false`, without quotes/],
    [top('secrets: A'), 'slipway.yml:2:10 config-wrong-type', /secrets: \[DATABASE_URL\]/],
    [top('env: [A]'), 'slipway.yml:2:6 config-wrong-type', /not a list/],
    [top('env: { A: { b: c } }'), 'slipway.yml:2:11 config-wrong-type', /`env\.A`/, /not a mapping/],
    [top('env: { A: }'), 'slipway.yml:2:8 config-empty', /`env\.A` is empty/],
    ['services: [a]\n', 'slipway.yml:1:11 config-wrong-type', /a mapping, not a list/],
    // amounts
    [top('rollout: { drain: 30 }'), 'slipway.yml:2:19 config-unit', /`30s`/, /`30m`/],
    [top('rollout: { drain: 30 s }'), 'slipway.yml:2:19 config-value', /Write `30s`/],
    [top('rollout: { drain: 500ms }'), 'slipway.yml:2:19 config-value', /500ms/],
    [top('rollout: { drain: 25h }'), 'slipway.yml:2:19 config-value', /a day/],
    [top('rollout: { timeout: 0 }'), 'slipway.yml:2:21 config-value', /at least 1s/],
    [top('rollout: { wave: 0% }'), 'slipway.yml:2:18 config-value', /25%/],
    [top('rollout: { wave: 0 }'), 'slipway.yml:2:18 config-value'],
    [top('memory: 512'), 'slipway.yml:2:9 config-unit', /`512M`/],
    [top('memory: 512mb'), 'slipway.yml:2:9 config-value', /Write `512M`/],
    [top('memory: 1M'), 'slipway.yml:2:9 config-value', /16M/],
    [top('stop: { signal: TERM }'), 'slipway.yml:2:17 config-value', /`SIGTERM`/],
    // commands
    ['start: |\n  node a.js\n  rm -r /\n', 'slipway.yml:1:8 config-line-break', /one line/],
    ['start: "node a.js\\nExecStartPre=+/bin/sh"\n', 'slipway.yml:1:8 config-line-break'],
    ['start: "node\\u2028a"\n', 'slipway.yml:1:8 config-line-break'],
    ['start: "node \\e[31m"\n', 'slipway.yml:1:8 config-control-character', /U\+001B/],
    ['start: "node\\ta"\n', 'slipway.yml:1:8 config-control-character', /U\+0009/],
    ['start: +/bin/sh\n', 'slipway.yml:1:8 config-command-prefix', /root/],
    ['start: -node\n', 'slipway.yml:1:8 config-command-prefix'],
    ['start: "@node"\n', 'slipway.yml:1:8 config-command-prefix'],
    ['start: "!!node"\n', 'slipway.yml:1:8 config-command-prefix'],
    ['start: ":node"\n', 'slipway.yml:1:8 config-command-prefix'],
    ['start: node "a\n', 'slipway.yml:1:8 config-quotes', /double quote/],
    ['start: node it\'s\n', 'slipway.yml:1:8 config-quotes', /single quote/, /\\'/],
    ['start: node \\\n', 'slipway.yml:1:8 config-quotes', /backslash/],
    ['start: node a.js &\n', 'slipway.yml:1:8 config-background', /foreground/],
    ['start: "# node"\n', 'slipway.yml:1:8 config-value', /runs nothing/],
    ['start: " "\n', 'slipway.yml:1:8 config-value', /empty/],
    [top('before: ["a \\" b"]'), 'slipway.yml:2:10 config-quotes', /`before\[0\]`/],
    [top('build: "x\\ry"'), 'slipway.yml:2:8 config-line-break', /`build`/],
    [top('before: { run: +x }'), 'slipway.yml:2:16 config-command-prefix', /`before\.run`/],
    [top('before: { timeout: 5m }'), 'slipway.yml:2:9 config-incomplete', /has no `run`/, /run: python/],
    [top('after: [a, { run: b, timeout: 5 }]'), 'slipway.yml:2:31 config-unit', /`after\[1\]\.timeout`/],
    [top('build: [{ cmd: a }]'), 'slipway.yml:2:11 config-unknown-key', /`run`/],
    [top('before: [a, { run: b, timeout: 20m }]'), 'slipway.yml:2:13 config-not-together', /1200 s, and the whole rollout 600 s/, /timeout: 25m/],
    [top('secrets: [A]\nsecrets-as: files\nenv: { A_FILE: x }'), 'slipway.yml:2:11 config-not-together', /A_FILE is in `env`/],
    [top('env: { CREDENTIALS_DIRECTORY: x }'), 'slipway.yml:2:8 config-reserved-name', /secrets-as: files/],
    [top('env: { EXIT_STATUS: 0 }'), 'slipway.yml:2:8 config-reserved-name', /slipway run/],
    [top('rollback-floor: yes'), 'slipway.yml:2:17 config-wrong-type', /`true`/],
    // variables
    [top('env: { A: "x\\nB=y" }'), 'slipway.yml:2:11 config-line-break', /`env\.A`/],
    [top('env: { A: "x\\0" }'), 'slipway.yml:2:11 config-control-character', /U\+0000/],
    [top('env: { A-B: x }'), 'slipway.yml:2:8 config-value', /`A_B`/],
    [top('env: { "A\\nB": x }'), 'slipway.yml:2:8 config-line-break'],
    [top('env: { 1A: x }'), 'slipway.yml:2:8 config-value', /letters, digits/],
    [top('env: { PORT: 80 }'), 'slipway.yml:2:8 config-reserved-name', /PORT/, /port of its own/],
    [top('env: { PATH: /bin }'), 'slipway.yml:2:8 config-reserved-name'],
    [top('env: { SLIPWAY_X: a }'), 'slipway.yml:2:8 config-reserved-name'],
    [top('secrets: [CI]'), 'slipway.yml:2:11 config-reserved-name', /runner/],
    [top('secrets: [GITHUB_SHA]'), 'slipway.yml:2:11 config-reserved-name'],
    [top('secrets: [A, A]'), 'slipway.yml:2:14 config-repeated', /second time/],
    [top('env: { A: x }\nsecrets: [A]'), 'slipway.yml:3:11 config-not-together', /`env` as well as in `secrets`/],
    // routes and health
    [top('route: api'), 'slipway.yml:2:8 config-value', /Write `\/api`/],
    [top('route: /a;b'), 'slipway.yml:2:8 config-value', /router/],
    [top('route: /a{b'), 'slipway.yml:2:8 config-value', /pattern/],
    [top('route: "/a\\n}"'), 'slipway.yml:2:8 config-line-break'],
    [top('route: //a'), 'slipway.yml:2:8 config-value', /normal form/],
    [top('route: /a/../b'), 'slipway.yml:2:8 config-value', /normal form/],
    [top('route: https://a.example/x'), 'slipway.yml:2:8 config-value', /`domain`/],
    ['services:\n  a: { start: x, route: /js }\n  b: { start: y, route: /js/ }\n', 'slipway.yml:3:18 config-same-route',
      /`a` \(line 2\) and `b` \(line 3\)/],
    [top('health: "/up\\r\\nHost: x"'), 'slipway.yml:2:9 config-line-break'],
    [top('health: /a b'), 'slipway.yml:2:9 config-value', /space/],
    [top('health: { path: up }'), 'slipway.yml:2:17 config-value', /`health\.path`/],
    [top('health: { path: /up, command: x }'), 'slipway.yml:2:1 config-not-together', /both/],
    [service('health: /up'), 'slipway.yml:4:5 config-not-together', /worker/],
    [service('schedule: once\n    route: /'), 'slipway.yml:4:5 config-not-together', /workers/],
    [service('schedule: once\n    instances: 2'), 'slipway.yml:5:5 config-not-together', /one run/],
    [service('schedule: once\n    timeout: 5m'), 'slipway.yml:5:5 config-not-together', /health: \{ timeout: 120s \}/],
    [service('schedule: once\n    overlap: false'), 'slipway.yml:5:5 config-not-together', /runs once/],
    [service('schedule: "@daily"\n    health: python check.py'), 'slipway.yml:5:5 config-not-together', /ends with 0/],
    [service('schedule: "@daily"\n    health: { timeout: 5m }'), 'slipway.yml:5:5 config-not-together', /timeout: 1h/],
    [service('timeout: 5m'), 'slipway.yml:4:5 config-not-together', /no `schedule`/, /rollout: \{ timeout: 20m \}/],
    [service('tasks: 0'), 'slipway.yml:4:12 config-value', /whole number from 1/],
    [service('sandbox: { network: true }'), 'slipway.yml:4:16 config-unknown-key'],
    [service('protocol: uwsgi'), 'slipway.yml:4:5 config-not-together', /worker/],
    [top('on: first'), 'slipway.yml:2:1 config-not-together', /workers/, /services/],
    [service('route: /\n    overlap: false'), 'slipway.yml:5:5 config-not-together', /workers/],
    [service('on: frist'), 'slipway.yml:4:9 config-value', /`first`/],
    // domains
    [top('domain: https://Shop.example.com:443/x'), 'slipway.yml:2:9 config-value', /scheme/, /Write `shop\.example\.com`/],
    [top('domain: shop.example.com:8080'), 'slipway.yml:2:9 config-value', /port/, /Write `shop\.example\.com`/],
    [top('domain: Shop.example.com'), 'slipway.yml:2:9 config-value', /capital/, /Write `shop\.example\.com`/],
    [top('domain: bücher.example'), 'slipway.yml:2:9 config-value', /xn--bcher-kva\.example/],
    [top('domain: 203.0.113.7'), 'slipway.yml:2:9 config-value', /address/],
    [top('domain: "2001:db8::1"'), 'slipway.yml:2:9 config-value', /address/],
    [top('domain: "*."'), 'slipway.yml:2:9 config-value', /wildcard/],
    [top('domain: "*.example.com"\ntls: off'), 'slipway.yml:2:1 config-not-together', /first domain/, /www\.example\.com/],
    [top('domain: [a.example, "*.b.example"]'), 'slipway.yml:2:21 config-not-together', /wildcard/, /TLS_CERTIFICATE/],
    [top('domain: [a.example, "*.B.example"]\ntls: off'), 'slipway.yml:2:21 config-value', /capital/],
    [top('domain: []'), 'slipway.yml:2:9 config-empty', /a\.example|shop\.example/],
    [top('domain: a.example\naliases: [www.a.example, a.example]'), 'slipway.yml:3:26 config-not-together', /redirected/],
    [top('domain: a.example\naliases: "*.a.example"'), 'slipway.yml:3:10 config-value', /wildcard/],
    [top('aliases: www.a.example'), 'slipway.yml:2:1 config-not-together', /no `domain`/, /Add `domain: …`/],
    [top('tls: acme'), 'slipway.yml:2:1 config-not-together', /no `domain`/],
    [top('domain: a.example\ntls: on'), 'slipway.yml:3:6 config-value', /acme, off/],
    [top('domain: a.example\ntls: { certificate: CERT }'), 'slipway.yml:3:1 config-not-together', /no `key`/, /TLS_KEY/],
    [top('domain: a.example\ntls: { certificate: CERT, key: a-b }'), 'slipway.yml:3:32 config-value'],
    [top('domain: a.example\ntls: { cert: A, key: B }'), 'slipway.yml:3:8 config-unknown-key', /certificate/],
    [top('domain: a.example\nhsts: 365'), 'slipway.yml:3:7 config-wrong-type', /days/],
    [top('domain: a.example\ntls: off\nhsts: 365d'), 'slipway.yml:4:1 config-not-together', /https, and find nothing/, /trusted-proxies/],
    [top('trusted-proxies: [lb.example.com]'), 'slipway.yml:2:19 config-value', /no address/],
    [top('trusted-proxies: ["10.0.0.0/8; x"]'), 'slipway.yml:2:19 config-value', /number from 1 to 32/],
    [top('trusted-proxies: [10.0.0.0/33]'), 'slipway.yml:2:19 config-value', /number from 1 to 32/],
    [top('trusted-proxies: [10.0.0.0/8/8]'), 'slipway.yml:2:19 config-value', /no address/],
    [top('trusted-proxies: ["::/0"]'), 'slipway.yml:2:19 config-value', /all there are/, /somebody else/],
    [top('trusted-proxies: [10.1.2.3/8]'), 'slipway.yml:2:19 config-value', /in the middle/, /Write `10\.0\.0\.0\/8` for all of it, or `10\.1\.2\.3`/],
    [top('trusted-proxies: ["2001:db8:0:7::1/48"]'), 'slipway.yml:2:19 config-value', /Write `2001:db8::\/48`/],
    [top('trusted-proxies: ["::ffff:10.0.0.1/120"]'), 'slipway.yml:2:19 config-value', /Write `0:0:0:0:0:ffff:a00::\/120`/],
    [top('trusted-proxies: ["fe80::1%eth0"]'), 'slipway.yml:2:19 config-value', /no address/],
    [top('trusted_proxies: [10.0.0.0/8]'), 'slipway.yml:2:1 config-unknown-key', /trusted-proxies/],
    [top(`domain: ${'a'.repeat(57)}.example`), 'slipway.yml:2:1 config-not-together', /64 characters/],
    [top('domain: a_b.example'), 'slipway.yml:2:9 config-value', /has `_`/, /Write `a-b\.example`/],
    [top('domain: shop_exmaple,com'), 'slipway.yml:2:9 config-value', /has `_` and `,`/, /Write `shop-exmaple\.com`/],
    [top('domain: "x.example;"'), 'slipway.yml:2:9 config-value', /has `;`/],
    [top(`domain: ${'a'.repeat(60)}.example.com`), 'slipway.yml:2:9 config-value', /72 characters/, /108 bytes/],
    [top(`domain: ${'a'.repeat(64)}.example`), 'slipway.yml:2:9 config-value'],
    [service('').replace('services', 'domain: a.example\nservices'), 'slipway.yml:1:1 config-no-route', /route: \//],
    // paths
    [top('shared: [/var/uploads]'), 'slipway.yml:2:10 config-value', /absolute/],
    [top('shared: [../x]'), 'slipway.yml:2:10 config-value', /`\.\.`/],
    [top('shared: [a/../../x]'), 'slipway.yml:2:10 config-value', /`\.\.`/],
    [top('scratch: ["tmp/*"]'), 'slipway.yml:2:11 config-value', /pattern/],
    [top('scratch: [-rf]'), 'slipway.yml:2:11 config-value', /safe/],
    [top('scratch: ["a b"]'), 'slipway.yml:2:11 config-value', /safe/],
    [top('artifacts: [.]'), 'slipway.yml:2:13 config-value', /whole repository/],
    [top('artifacts: [.git/hooks]'), 'slipway.yml:2:13 config-value', /\.git/],
    [top('shared: [a/b]\nscratch: [./a/]'), 'slipway.yml:3:11 config-not-together',
      /`a` in `scratch` overlaps `a\/b` in `shared` \(line 2\)/],
    [service('path: nowhere'), 'slipway.yml:4:5 config-no-folder', /`services\.api\.path`/, /slipway\.yml/],
    [service('path: slipway.yml'), 'slipway.yml:4:5 config-no-folder', /a file/, /path: \./],
    // names
    ['app: Shop\nstart: x\n', 'slipway.yml:1:6 config-value', /Write `shop`/],
    ['app: docker\nstart: x\n', 'slipway.yml:1:6 config-reserved-name', /\/opt\/docker/],
    ['app: constructor\nstart: x\ntarget: constructor\n', 'slipway.yml:3:9 config-value', /vm, docker, cluster/],
    [`app: ${'a'.repeat(26)}\nstart: x\n`, 'slipway.yml:1:6 config-value'],
    ['app: shop-\nstart: x\n', 'slipway.yml:1:6 config-value'],
    ['services: { My_Api: { start: x } }\n', 'slipway.yml:1:13 config-value', /my-api/],
    [top('runtime: ruby'), 'slipway.yml:2:10 config-value', /`node@24`/],
    [top('runtime: pyhton@3.11'), 'slipway.yml:2:10 config-value', /Write `python@3\.11`/],
    [top('runtime: python3.11'), 'slipway.yml:2:10 config-value', /Write `python@3\.11`/],
    [top('runtime: python@3'), 'slipway.yml:2:10 config-value', /minor/],
    [top('runtime: node@lts/argon'), 'slipway.yml:2:10 config-value', /`node@lts\/krypton`/],
    [top('tag-prefix: "a b"'), 'slipway.yml:2:13 config-value'],
    [top('supervisor: runit'), 'slipway.yml:2:13 config-value', /circus/],
    [top('domain: localhost'), 'slipway.yml:2:9 config-value', /hosts use themselves/],
    [top('packages: [openssh-server-]'), 'slipway.yml:2:12 config-value', /libpq-dev/],
    [top('shared: [web/node_modules]'), 'slipway.yml:2:10 config-not-together', /where packages are installed/],
    [service('schedule: "0 6 * *"'), 'slipway.yml:4:15 config-value', /4 fields, not five/],
    [service('schedule: "60 6 * * *"'), 'slipway.yml:4:15 config-value', /for the minute, which goes from 0 to 59/],
    [service('schedule: "@reboot"'), 'slipway.yml:4:15 config-value', /a worker starts with the host/],
    // start
    ['services:\n  api: { route: / }\n', 'slipway.yml:2:3 config-no-start', /`api` has no `start`/, /start: gunicorn/],
    ['services:\n  api:\n', 'slipway.yml:2:3 config-no-start']
  ])('%j', async (...row) => { await expectFault(row as unknown as Case) })

  it('all are said at once, in the order of the file', async () => {
    const yaml = 'domain: A.example\nservices:\n  b: { start: 5, route: x }\n  a: { start: "a\\nb", bogus: 1 }\nkeep: -1\n'
    expect((await faults(yaml, {}, { repositoryName: '___' })).map(said)).toEqual([
      'slipway.yml:1:0 config-no-app-name', 'slipway.yml:1:9 config-value', 'slipway.yml:3:15 config-wrong-type',
        'slipway.yml:3:25 config-value',
      'slipway.yml:4:15 config-line-break', 'slipway.yml:4:23 config-unknown-key', 'slipway.yml:5:7 config-value'
    ])
  })
})

describe('environments', () => {
  const yaml = 'start: x\nenvironments:\n  production: {}\n  staging: { env: { A: "b\\nc" } }\n'
  it.each([
    ['', ['slipway.yml:2:1 config-environment', 'slipway.yml:4:24 config-line-break'], /`production`, `staging`/],
    ['stagin', ['slipway.yml:2:1 config-environment', 'slipway.yml:4:24 config-line-break'], /did you mean `staging`/],
    ['prod', ['slipway.yml:2:1 config-environment', 'slipway.yml:4:24 config-line-break'], /Set the input `environment: production`/],
    ['staging', ['slipway.yml:4:24 config-line-break'], /`environments\.staging\.env\.A`/]
  ])('%j', async (environment, expected, words) => {
    const failures = await faults(yaml, {}, { environment })
    expect(failures.map(said)).toEqual(expected)
    expect(failures[0]!.message).toMatch(words)
  })

  it('one that is far from all is no reason to leave it out', async () => {
    const [failure] = await faults('start: x\nenvironments: { production: {}, staging: {} }\n', {}, { environment: 'live' })
    expect(failure!.cure).toBe('Set the input `environment: production` (or another of them), or add `live: {}` under '
      + '`environments`, which changes nothing.')
  })

  it('one that is named where there are none is no silent default', async () => {
    const failures = await faults('start: x\n', {}, { environment: 'production' })
    expect(failures.map(said)).toEqual(['config-environment'])
    expect(failures[0]!.cure).toMatch(/Leave the input out/)
  })
})

describe('no slipway.yml', () => {
  it.each<readonly [string, Record<string, string>, string, RegExp]>([
    ['nothing at all', { 'README.md': '' }, 'config-nothing-to-run', /app: shop\nstart: /],
    ['services in folders', { 'src/py/requirements.txt': 'fastapi', 'src/js/package.json': '{}' }, 'config-nothing-to-run',
      /py:\n {4}path: src\/py\n {4}start: uvicorn main:app[^\n]*\n {4}route: \/\n {2}js:/],
    ['a file of another name', { 'slipway.yaml': '' }, 'config-missing', /git mv slipway\.yaml slipway\.yml/],
    ['a Dockerfile', { Dockerfile: '' }, 'config-not-yet', /by a Compose file or a chart only/],
    ['FastAPI', { 'requirements.txt': 'fastapi[all]\ngunicorn==1\nuvicorn-worker' }, 'config-no-start',
      /start: gunicorn main:app -k uvicorn_worker\.UvicornWorker/],
    ['FastAPI without uvicorn-worker', { 'requirements.txt': 'fastapi[all]\ngunicorn==1' }, 'config-no-start', /start: uvicorn main:app/],
    ['Flask', { 'requirements.txt': 'Flask>=3\n', 'app.py': '' }, 'config-no-start', /start: gunicorn app:app/],
    ['Django', { 'requirements.txt': 'Django\n', 'site1/wsgi.py': '' }, 'config-no-start', /start: gunicorn site1\.wsgi/],
    ['Express', { 'package.json': '{"dependencies":{"express":"5"}}', 'package-lock.json': '{}', 'server.js': '' },
      'config-no-start',
      /start: node server\.js/]
  ])('%s', async (_, tree, code, words) => {
    const failures = await faults(null, tree)
    expect(failures.map(said)).toEqual([code])
    expect(failures[0]!.message).toMatch(words)
  })

  it('an explicit path that is missing names the nearest', async () => {
    const [failure] = await faults(null, { 'deploy.yml': 'start: x' }, { configPath: 'deploi.yml' })
    expect(failure).toMatchObject({ code: 'config-missing', cure: 'Did you mean `config: deploy.yml`?' })
  })

  it('a repository whose name is no name for an app asks for one', async () => {
    const [failure] = await faults(null, { Procfile: 'web: x' }, { repositoryName: 'acme/My_Shop.js' })
    expect(failure).toMatchObject({ code: 'config-no-app-name', cure: 'Add `app: my-shop-js` to slipway.yml.' })
  })
})
