import { errorsOf } from '../harness/tiny-app'
import { succeeded } from '../harness/deploy'
import { freshHost, type Host } from '../harness/hosts'
import { staging, talk, type Said, type SentFile, type Word } from '../harness/raw-session'
import { asUser, TinyApp } from '../harness/tiny-app'

// Who connects may run one program as root, and is here somebody who tries to be more than that.
let host: Host
let app: TinyApp
let config: Record<string, unknown>
beforeAll(async () => {
  host = await freshHost('borders', { image: 'ready', user: 'deploy' })
  app = await TinyApp.on(host, 'mine', { config: { shared: ['uploads'] } })
  succeeded(await app.push())
  // Not even this user's own right to everything, which setup-vm does not need any more.
  await host.shell('mv /etc/sudoers.d/90-deploy /root/; echo decoy >/etc/decoy; chmod 644 /etc/decoy')
  config = JSON.parse(await host.shell(`cat /opt/${app.name}/releases/v1-*/release.json`)).config
}, 300_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})

/** Everything on the host that rights are made of, but times. */
const state = (): Promise<string> => host.shell(
  "find /etc /opt /usr/local /root /home /var/lib/slipway /var/spool/cron /var/cache/slipway -xdev ! -name '__pycache__' ! -name '*.pyc' "
  + "-printf '%p %u %g %m %y %l\\n' | sort; find /etc /opt /usr/local /var/lib/slipway -xdev -type f ! -name '*.pyc' -exec sha256sum {} + | sort; "
  + "getent passwd; systemctl list-units --all --no-legend --plain 'slipway-*' | sort; find / -xdev -perm -4000 | sort")

// As it was before the first attempt, and has to be after each; undefined when a test has changed something itself.
let known: string | undefined

/** Says it, and nothing is different afterwards. Gives all that was answered. */
async function attempt(words: readonly Word[], name = app.name): Promise<readonly Said[]> {
  known ??= await state()
  const said = await talk(host, 'deploy', name, [['begin', { by: 'eve', run: '' }], ['inspect', { staging: false }], ...words])
  await app.untilFree()
  expect(await state()).toBe(known)
  return said
}
/** What is answered to each attempt, by its name: all said in one conversation. */
async function attempts(named: readonly (readonly [name: string, words: readonly Word[]])[]): Promise<readonly string[]> {
  const answers = codes(await attempt(named.flatMap(([, words]) => words)))
  return named.map(([name], index) => `${name}: ${answers[index]}`)
}
const codes = (said: readonly Said[]): readonly string[] => said.flatMap(({ code, failure }) => failure?.code ?? code ?? [])
const asDeploy = async (script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.exec('runuser', '-u', 'deploy', '--', 'sh', '-c', script)
  return `${code} ${stdout}${stderr}`
}

describe('sudo', () => {
  it('lets the program in as it is, with nothing else', async () => {
    const program = '/usr/local/sbin/slipway-host'
    for (const command of [`${program} x`, `${program} ''`, '/bin/sh', 'id', `-u app-${app.name} id`, `LD_PRELOAD=/tmp/x ${program}`,
      `PATH=/tmp ${program}`, `-E ${program}`, `-s`, `-e /etc/decoy`, `${program}/../../../bin/sh`, `--chdir=/tmp ${program}`,
      `slipway run ${app.name} -- id`, `slipway remove ${app.name} --yes`, `/usr/local/bin/slipway ${app.name}`]) {
      expect(`${command}: ${await asDeploy(`sudo -n ${command} </dev/null`)}`).toMatch(/: [1-9]\d* .*sudo: /)
    }
  })

  it('keeps what the environment could lead astray away from it', async () => {
    const names = ['systemd-run', 'systemctl', 'date', 'stat', 'cat', 'tr', 'python3', 'sh']
    await asDeploy(`mkdir -p /tmp/evil/slipway; cd /tmp/evil; echo 'import os; os.system("touch /tmp/evil/got")' | tee json.py os.py slipway/__init__.py sitecustomize.py >/dev/null; `
      + names.map((name) => `printf '#!/bin/sh\\nid -u >>/tmp/evil/got\\n' >${name}; chmod 755 ${name}`).join('; '))
    const tricks = 'cd /tmp/evil; umask 0; ulimit -n 20; export PATH=/tmp/evil:$PATH PYTHONPATH=/tmp/evil PYTHONSTARTUP=/tmp/evil/os.py PYTHONHOME=/tmp/evil '
      + 'ENV=/tmp/evil/sh BASH_ENV=/tmp/evil/sh IFS=x CDPATH=/tmp/evil HOME=/tmp/evil LC_ALL=/tmp/evil LOCPATH=/tmp/evil SYSTEMD_PAGER=/tmp/evil/sh; '
    const said = await talk(host, 'deploy', app.name, [['inspect', { staging: true }]], `${tricks} /usr/bin/sudo -n`)
    expect(said.map(({ type, ok }) => [type, ok])).toEqual([['hello', undefined], ['answer', true]])
    expect(await host.shell('ls /tmp/evil/got 2>&1 || true')).toMatch(/No such file/)
    expect(await host.shell('find /run -maxdepth 1 -name "slipway-*" -perm /022')).toBe('')
  })
})

describe('the first line', () => {
  const names = ['../../etc', '..', '.', 'shop;id', '$(id)', '`id`', 'a\tb', 'Shop', 'ｓhop', 'a'.repeat(26), 'shop-', '-shop', '*', '/opt', '']
  it('takes nothing for a name that is none', async () => {
    const before = await state()
    for (const name of names) expect([name, ...codes(await talk(host, 'deploy', name, []))]).toEqual([name, expect.stringMatching(/^bad-(app|hello)$/)])
    expect(await state()).toBe(before)
  })

  it('takes no folder of others for an app of ours', async () => {
    await host.shell('mkdir -p /opt/wiki/releases /opt/wiki/run /opt/wiki/history; echo kept >/opt/wiki/run/intent.json; ln -sfn wiki /opt/alias; '
      + `ln -sfn /var/lib/slipway/apps/${app.name} /var/lib/slipway/apps/alias; install -o deploy /dev/null /var/lib/slipway/apps/hers`)
    known = undefined
    for (const name of ['wiki', 'alias', 'hers', 'nobody']) expect(codes(await attempt([], name))).toEqual(['app-not-prepared'])
    await host.shell('rm -r /opt/wiki /opt/alias /var/lib/slipway/apps/alias /var/lib/slipway/apps/hers')
    known = undefined
  })
})

describe('fields', () => {
  // The service is known only when the tests run.
  const service = (over: object): object => ({ over })
  const evil: readonly (readonly [string, object])[] = [
    ['a service that ends a line of its unit', service({ name: 'web\nUser=root' })],
    ['a service that leaves its folder', service({ name: '../../../etc/systemd/system/x' })],
    ['a service in other letters', service({ name: 'ｗeb' })],
    ['a second line to start', service({ start: 'true\nExecStartPre=+/bin/sh' })],
    ['a signal with a line of its own', service({ stop: { signal: 'SIGTERM\nUser=root', timeout: 1 } })],
    ['a time that is none', service({ stop: { signal: 'SIGTERM', timeout: '1s\nUser=root' } })],
    ['a route with a directive', service({ route: '/; } location /x { root /; autoindex on; } #' })],
    ['a route with an end', service({ route: '/a\n' })],
    ['a health path with a header', service({ health: { kind: 'path', path: '/ HTTP/1.1\r\nX: y' } })],
    ['a folder above', service({ path: '../..' })],
    ['an absolute folder', service({ path: '/etc' })],
    ['a runtime elsewhere', service({ runtime: { name: 'node', version: '../../../tmp/evil' } })],
    ['a requirements file elsewhere', service({ install: { tool: 'requirements', file: '../../x' } })],
    ['a variable with a second one', service({ env: { 'A\nLD_PRELOAD': 'x' } })],
    ['a value with a second line', service({ env: { A: 'x"\nLD_PRELOAD="/tmp/x' } })],
    ['half a character', service({ env: { A: '\ud800' } })],
    ['a port of its own', service({ env: { PORT: '22' } })],
    ['a secret by a strange name', service({ secrets: ['A=B'] })],
    ['more instances than there may be', service({ instances: 1e9 })],
    ['a number that is true', service({ instances: true })],
    ['memory that is a line', service({ memory: '1\nUser=root' })],
    ['a key that does not exist', service({ user: 'root' })],
    ['two services of one name', { twice: true }],
    ['a domain that is a path', { domain: '../../../etc/cron.d/x' }],
    ['a domain that is another app\'s file', { domain: 'default' }],
    ['a domain with an end', { domain: 'a.example.com\n' }],
    ['a domain in other letters', { domain: 'ｅxample.com' }],
    ['shared above', { shared: ['../../../etc'] }],
    ['shared by a detour', { shared: ['a/../../b'] }],
    ['shared that is absolute', { shared: ['/etc'] }],
    ['shared in shared', { shared: ['a', 'a/b'] }],
    ['scratch in the same place', { shared: ['a'], scratch: ['a'] }],
    ['Git\'s own folder', { scratch: ['.git/hooks'] }],
    ['a path with a NUL', { shared: ['a\0b'] }],
    ['a path with a line', { shared: ['a\nb'] }],
    ['another app', { app: 'other' }],
    ['a supervisor that is a path', { supervisor: '../x' }],
    ['nothing to keep', { keep: -1 }],
    ['services without number', { services: Array.from({ length: 65 }, () => ({})) }],
    ['nothing at all', { services: [] }],
  ]

  it('of a configuration', async () => {
    const [mine] = config['services'] as object[]
    const answers = await attempts(evil.map(([name, over]) => {
      const services = 'twice' in over ? [mine, mine] : [{ ...mine, ...('over' in over ? over.over as object : {}) }]
      const whole = { ...config, ...('twice' in over || 'over' in over ? { services } : over) }
      return [name, staging(whole, [{ path: 'main.py' }])]
    }))
    expect(answers.filter((answer) => !/: (bad-field|host-program-too-old)$/.test(answer))).toEqual([])
  })

  const over: readonly (readonly [string, Record<string, unknown>])[] = [
    ['id', { id: '../../../etc-0badcafe' }], ['id', { id: 'v9-0badcafe\n' }], ['id', { id: 'v9/x-0badcafe' }], ['version', { version: '../x' }],
    ['commit', { commit: '0'.repeat(39) + '\n' }], ['digest', { digest: '' }], ['base', { base: '../../x/releases/v1-0badcafe' }],
    ['removed', { removed: ['../x'] }], ['secrets', { secrets: { 'A\nB': 'x' } }], ['secrets', { secrets: { A: 'x\0y' } }],
    ['kind', { kind: 'other' }], ['first', { first: 'yes' }], ['timeout', { timeout: 1e300 }], ['timeout', { timeout: -1 }],
    ['manifest', { manifest: {} }], ['config', { config: null }], ['config', { config: [] }],
  ]
  it('of a release', async () => {
    const answers = await attempts(over.map(([name, fields]) => [name, staging(config, [{ path: 'main.py' }], fields)]))
    expect(answers).toEqual(over.map(([name]) => `${name}: bad-field`))
  })

  it('of other verbs', async () => {
    const words: Word[] = [['run', { number: '../1', index: 0, timeout: 1 }], ['start', { number: -1 }], ['cutover', { number: 1e99 }],
      ['cutover', { number: 1, withdraw: 'x' }], ['revert', { number: 7, to: '/' }], ['observe', { number: 1, seconds: 'x' }],
      ['retire', { drain: [] }], ['evidence', { number: null }]]
    const said = codes(await attempt(words))
    expect(said).toEqual(words.map((_, index) => index === 3 ? 'bad-order' : 'bad-field'))
  })

  it('of a verb that is none', async () => {
    const verbs = ['__init__', '_answer', 'serve', 'end', 'bash', '../stage', 'stage\0']
    expect(await attempts(verbs.map((verb) => [verb, [[verb, {}]]]))).toEqual(verbs.map((verb) => `${verb}: unknown-verb`))
  })

  it.each([['a number without end', `stage {"timeout":${'9'.repeat(5000)}}`], ['infinity', 'stage {"timeout":Infinity}'],
    ['folders in folders', `stage ${'['.repeat(200_000)}`], ['no object', 'stage [1]'], ['no JSON', 'stage {'], ['a frame without end', 'data 999999999'],
    ['a negative frame', 'data -1']])('that are no fields: %s', async (_, line) => {
    // The program ends, and what follows it settles; that nothing changed is what counts.
    expect(codes(await attempt([line]))).toEqual([])
  })
})

describe('a tree of files', () => {
  const paths = ['../x', '/etc/x', 'a/../../x', './x', 'a//b', 'a/', '', '.git/hooks/post-checkout', '.', '..', 'a\nb', 'a\0b', 'x'.repeat(256),
    'a/'.repeat(2500) + 'b']
  it('with a path that is none', async () => {
    expect(await attempts(paths.map((path) => [path, staging(config, [{ path }])]))).toEqual(paths.map((path) => `${path}: bad-field`))
  })

  const modes = ['040000', '060000', '020000', '010000', '104755', '106755', '100777', '160000', '', '120000 ']
  it('with a file of a mode that Git has not', async () => {
    expect(await attempts(modes.map((mode) => [mode, staging(config, [{ path: 'x', mode }])]))).toEqual(modes.map((mode) => `${mode}: bad-field`))
  })

  it('with more rows than there may be, sizes that are none, and keys that are paths', async () => {
    const key = `git:${'0'.repeat(40)}`
    const rows: unknown[] = [[['x', '100644', key, -1]], [['x', '100644', key, 2 ** 41]], [['x', '100644', key, true]], [['x', '100644', key, 1.5]],
      [['x', '100644', 'git:../../../etc/shadow', 1]], [['x', '100644', '/etc/shadow', 1]], [['x']], ['x'], [[]], Array.from({ length: 1_000_001 }, () => 0)]
    const answers = codes(await attempt(rows.flatMap((manifest) => staging(config, [], { manifest, keys: [] }))))
    expect(answers).toEqual(rows.map(() => 'bad-field'))
  })

  const file = (path: string, text = 'x'): SentFile => ({ path, text })
  const link = (path: string, text: string): SentFile => ({ path, mode: '120000', text })
  const links: readonly (readonly [string, readonly SentFile[], string])[] = [
    ['a link, and a file beneath it', [link('a', '../../../../../etc'), file('a/decoy')], 'bad-field'],
    ['a file, and a file beneath it', [file('a'), file('a/b')], 'bad-field'],
    ['a link to /etc', [link('a', '/etc')], 'link-escapes'],
    ['a link upward', [link('a', '../../../../../etc/decoy')], 'link-escapes'],
    ['links that only together lead out', [link('a', 'b/c'), link('b', '.'), link('c', '..')], 'link-escapes'],
    ['links in a ring', [link('a', 'b'), link('b', 'a')], 'link-escapes'],
    ['a link to nothing', [link('a', '')], 'link-escapes'],
    ['a link with a NUL', [link('a', 'b\0c')], 'link-escapes'],
    ['a link without end', [link('a', 'x/'.repeat(4000))], 'link-escapes'],
    ['a link in the way of what is shared', [link('uploads', '.'), file('main.py')], 'path-behind-link'],
  ]
  it('with links that lead elsewhere', async () => {
    expect(await attempts(links.map(([name, files]) => [name, staging(config, files)]))).toEqual(links.map(([name, , code]) => `${name}: ${code}`))
  })

  it('with folders nested deeper than anybody follows', async () => {
    expect(codes(await attempt(staging(config, [file(`${'a/'.repeat(1500)}b`)])))).toEqual([expect.stringMatching(/^(nested-too-deep|host-refused)$/)])
  })

  it('with content that is not what was announced', async () => {
    const [stage] = staging(config, [file('x', 'abc')])
    const header = (fact: object): string => `${JSON.stringify(fact)}\n`
    const key = (stage as [string, { keys: string[] }])[1].keys[0] ?? ''
    const sent = [header({ key, size: 3 }) + 'abd', header({ key, size: 2 }) + 'ab', header({ key: 'git:../x', size: 3 }) + 'abc',
      header({ key, size: 1e12 }), header({ key, size: 3 }) + 'ab', header({ key, size: 3 }) + `abc${header({ key, size: 3 })}abc`, '', 'x'.repeat(9000)]
    const answers = codes(await attempt(sent.flatMap((text) =>
      [stage as Word, Buffer.from(`data ${Buffer.byteLength(text)}\n${text}`), ...(text === '' ? [] : ['data 0'])])))
    expect(answers).toEqual(sent.map(() => expect.stringMatching(/^(content-(corrupt|incomplete)|bad-field)$/)))
  })

  it('of another app as what it builds on', async () => {
    using other = await TinyApp.on(asUser(host, 'root'), 'other')
    succeeded(await other.push())
    const id = await host.shell(`basename /opt/${other.name}/releases/v1-*`)
    known = undefined
    expect(codes(await attempt([['stage', { kind: 'stored', id, first: true, secrets: {}, timeout: 60 }]]))).toEqual(['release-not-stored'])
    expect(codes(await attempt(staging(config, [], { base: id })))).toEqual(['bad-field'])
  })
})

describe('two apps at once', () => {
  it('that want one domain: one has it, the other is told so, and nothing is mixed', async () => {
    const both = await Promise.all(['left', 'right'].map((label) => TinyApp.on(asUser(host, 'root'), label)))
    const domain = 'wanted.example.com'
    for (const each of both) await each.release({ tag: 'v2', config: { domain } })
    const runs = await Promise.all(both.map((each) => each.push()))
    expect(runs.map(({ code }) => code).toSorted()).toEqual([0, 1])
    const [winner, loser] = runs[0]?.code === 0 ? both : both.toReversed()
    expect(errorsOf(runs.find(({ code }) => code === 1) ?? runs[0]!)).toContain(`The domain ${domain} belongs to the app ${winner?.name}`)
    expect((await winner?.ask('/', domain))?.told.version).toBe('v2')
    expect(await host.shell(`cat /var/lib/slipway/domains/${domain}.claim; readlink /var/lib/slipway/domains/${domain}.sock`))
      .toBe(`{"app": "${winner?.name}"}\n/opt/${winner?.name}/run/current.sock`)
    expect(await loser?.remains(1)).toBe('')
    // Every port is one app's, and none was given twice.
    const ports = await host.shell("for port in /var/lib/slipway/ports/*; do cat $port; done | awk '{print $1}' | sort | uniq -c | awk '{print $1}' | sort -u")
    expect(ports).toBe('1')
    for (const each of both) each[Symbol.dispose]()
  })
})
