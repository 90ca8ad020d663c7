import { succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { appsHost, errorsOf, TinyApp } from '../harness/tiny-app'

const secret = { env: { TOKEN: 'the-token-of-the-app-itself' } }
let host: Host
let app: TinyApp
let other: TinyApp
beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'builds', { web: { secrets: ['TOKEN'] }, config: { shared: ['uploads'] } })
  other = await TinyApp.on(host, 'aside', { web: { build: ['echo theirs >"$HOME/.cache/cached"'] } })
  succeeded(await app.push(secret))
  succeeded(await other.push())
}, 300_000)
afterAll(() => {
  app?.[Symbol.dispose]()
  other?.[Symbol.dispose]()
})

const build = (...lines: string[]): { readonly build: readonly string[] } => ({ build: lines })
/** A sealed release's files, with all that could be changed in them. */
const sealed = (of: TinyApp, tag: string): Promise<string> => host.shell(
  `cd /opt/${of.name}/releases/${tag}-*; find . -printf '%p %u %g %m %y %s %T@ %l\\n' | sort; find . -type f -exec sha256sum {} + | sort`)

describe('what builds a release', () => {
  it('sees no secret, changes no sealed release, and becomes nobody else', async () => {
    const before = [await sealed(app, 'v1'), await sealed(other, 'v1')]
    const first = await host.shell(`readlink -f /opt/${app.name}/releases/v1-*`)
    const attempts = [
      `cat /opt/${app.name}/run/1/web.1.env`, `cat /opt/${app.name}/run/1/secrets.json`, `ls /opt/${app.name}/shared/uploads`, `cat /opt/${app.name}/history/log.jsonl`,
      `ls ${first}`, `echo x >>${first}/src/main.py`, `ln ${first}/src/main.py mine`, 'echo x >../release.json', 'echo x >../../x', 'mv ../env ../e', 'touch ../.build.x',
      `cat /var/cache/slipway/${other.name}/commands/other/cached`, `ls /var/cache/slipway/${other.name}`, `echo x >/var/cache/slipway/${other.name}/x`, `echo x >/var/cache/slipway/${app.name}/x`, `ls /opt/${other.name}/releases/*/src`,
      `cat /proc/$(pgrep -o -u app-${app.name})/environ`, `kill -9 $(pgrep -o -u app-${app.name})`, 'kill -9 $PPID', 'echo x >/etc/x', 'echo x >/var/lib/slipway/x',
      'echo x >/run/x', 'sudo -n id', 'su -c id', 'systemd-run true', `systemctl stop slipway-app.${app.name}.1.web.1.service`, 'chown root /tmp', 'mknod device b 8 0',
      'echo "* * * * * id" | crontab -', `cat ../../../run/intent.json`, 'ls /root', 'mount -t tmpfs x .', 'cp /bin/sh sh && chown root sh',
    ]
    const lines = attempts.map((attempt, index) => `(${attempt}) >/dev/null 2>&1 && echo 'done: ${index}' >>attempts.txt || echo refused >>attempts.txt`)
    await app.release({ tag: 'v2', web: build(...lines, 'env >environment.txt', 'grep -E "^(NoNewPrivs|CapEff)" /proc/self/status >>environment.txt') })
    succeeded(await app.push(secret))
    const told = (await host.shell(`cat /opt/${app.name}/releases/v2-*/src/attempts.txt`)).split('\n')
    expect(attempts.filter((_, index) => told[index] !== 'refused')).toEqual([])
    expect(told).toHaveLength(attempts.length)
    const environment = await host.shell(`cat /opt/${app.name}/releases/v2-*/src/environment.txt`)
    expect(environment).not.toContain(secret.env.TOKEN)
    expect(environment).toMatch(/CapEff:\t0000000000000000\nNoNewPrivs:\t1/)
    expect([await sealed(app, 'v1'), await sealed(other, 'v1')]).toEqual(before)
  })

  it('has no process, descriptor, link or right left on a sealed release', async () => {
    const cache = `/var/cache/slipway/${app.name}/commands/other`
    await app.release({ tag: 'v3', web: build(
      'echo a >kept.txt; chmod 666 kept.txt; ln kept.txt "$HOME/.cache/linked" 2>/dev/null || cp kept.txt "$HOME/.cache/linked"', 'mkdir -m 777 open',
      '(trap "" TERM HUP; exec 5>>kept.txt; while :; do echo late >&5; sleep 0.1; done) >/dev/null 2>&1 &', 'setsid sh -c "trap \\"\\" TERM; sleep 600" >/dev/null 2>&1 &') })
    succeeded(await app.push(secret))
    expect(await host.shell(`pgrep -c -u build-${app.name} || true`)).toBe('0')
    const before = await sealed(app, 'v3')
    const folder = await host.shell(`readlink -f /opt/${app.name}/releases/v3-*`)
    for (const attempt of [`echo x >>${folder}/src/kept.txt`, `touch ${folder}/src/open/x`, `ls ${folder}`]) {
      expect((await host.exec('runuser', '-u', `build-${app.name}`, '--', 'sh', '-c', attempt)).code).not.toBe(0)
    }
    expect((await host.exec('runuser', '-u', `build-${app.name}`, '--', 'ls', cache)).code).not.toBe(0)
    await host.shell(`echo x >>${cache}/linked; find ${cache} -type f -exec sh -c 'echo poison >"$1"' x {} ';'`)
    expect(await sealed(app, 'v3')).toBe(before)
    expect((await app.ask()).told.version).toBe('v3')
  })

  it('cannot hand a descriptor to a process that stays: the release is refused', async () => {
    // The app's own process takes whatever it is given, and keeps it.
    const name = `\\0keeps-${app.name}`
    const keeper = `import socket, time\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind("${name}")\nkept = socket.recv_fds(s, 9, 1)\ntime.sleep(600)\n`
    await host.shell('cat >/tmp/keeper.py', { input: keeper })
    await host.shell(`systemd-run --quiet --collect --unit=keeper --uid=app-${app.name} python3 /tmp/keeper.py; until grep -q keeps-${app.name} /proc/net/unix; do sleep 0.05; done`)
    const hand = `import socket\nf = open("kept.txt", "a")\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.connect("${name}")\nsocket.send_fds(s, [b"x"], [f.fileno()])\n`
    await app.release({ tag: 'v4', files: { 'hand.py': hand }, web: build('python3 hand.py') })
    const run = await app.push(secret)
    await host.shell('systemctl stop keeper; rm /tmp/keeper.py')
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/After the build src\/kept\.txt is still open for writing/)
    expect((await app.ask()).told.version).toBe('v3')
    expect(await app.remains(4)).toBe('')
  })

  it('cannot keep the app from its next release, whatever it leaves', async () => {
    const deep = 'python3 -c "import os; [(os.mkdir(\'d\'), os.chdir(\'d\')) for i in range(1500)]"'
    await app.release({ tag: 'v5', files: { 'hand.py': undefined }, web: build(deep) })
    const run = await app.push(secret)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/nested hundreds of levels deep/)
    expect(await app.remains(4)).toBe('')
    // Modules that are nested as deep as that are only not compiled beforehand.
    await app.release({ tag: 'v6', web: build('ln -s / root', 'mkfifo pipe', 'ln -s ../../../../shared src'), files: { 'bomb.py': `f = ${'lambda:'.repeat(1500)}0\n` } })
    succeeded(await app.push(secret))
    expect((await app.ask()).told.version).toBe('v6')
  })
})
