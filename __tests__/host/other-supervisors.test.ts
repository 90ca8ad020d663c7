import { createHash } from 'node:crypto'
import { setUp, succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

let host: Host
beforeAll(async () => { host = await appsHost() }, 300_000)

/** Of units that were there when it last was started or reloaded, systemd keeps the names in mind until it is reloaded again. */
const leftOf = async (app: TinyApp, number: number): Promise<string> =>
  (await app.remains(number)).replace(/^.* loaded +inactive +dead .*$/gm, '').trim()

describe('an app that changes its supervisor', () => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(host, 'mov', { config: { supervisor: 'systemd' } })
    succeeded(await app.push())
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  it('moves over and back without a failed request, and leaves nothing with the one before', async () => {
    const load = app.load()
    for (const [index, supervisor] of ['supervisor', 'circus'].entries()) {
      await app.release({ tag: `v${index + 2}`, config: { supervisor } })
      succeeded(await setUp(host, app.repository))
      succeeded(await app.push())
      expect(await app.serves()).toBe(`v${index + 2} #${index + 2}`)
      expect(await leftOf(app, index + 1)).toBe('')
    }
    succeeded(await app.rollback('v1'))
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(await app.serves()).toBe('v1 #4')
    expect(await leftOf(app, 3)).toBe('')
    expect(await host.shell(`systemctl is-active slipway-app.${app.name}.4.web.1`)).toBe('active')
  })
})

/** What a process of the app may do, as it finds out itself: a line for each thing that it could do. */
const prober = `
for place in / /etc /usr /run /var/lib /var/log /opt/$SLIPWAY_APP /opt/$SLIPWAY_APP/run "$PWD" /sys/fs/cgroup /home /root; do
  { true >$place/probe.$$; } 2>/dev/null && echo "wrote $place"
done
for place in /tmp /var/tmp /dev/shm "$HOME" tmp; do { true >$place/probe.$$; } 2>/dev/null || echo "could not write $place"; done
ls -A /home /root 2>/dev/null | grep -v :$ | grep . && echo 'saw homes'
ls /tmp | grep -v ^probe && echo 'saw the tmp of others'
ls /dev/sd* /dev/vd* /dev/mem /dev/kmsg 2>/dev/null
cat /opt/$SLIPWAY_APP/run/*/secrets.json /opt/$SLIPWAY_APP/run/*/*.env /opt/$SLIPWAY_APP/run/*/*.starts 2>/dev/null
grep -E '^Cap(Eff|Prm|Bnd)' /proc/self/status | grep -v 0000000000000000
grep -q 'NoNewPrivs:.1' /proc/self/status || echo 'may gain privileges'
unshare --mount true 2>/dev/null && echo 'made a namespace'
stat -c '%U %a' "$TOKEN_FILE"
sha256sum <"$TOKEN_FILE" | cut -d' ' -f1
{ : ; echo x >"$TOKEN_FILE.new"; } 2>/dev/null && echo 'wrote beside its secrets'
python3 steering.py
echo done`

/** What keeps the process, and how it is kept: nothing that it could change, ask for or read. */
const steering = `
import glob, os, socket
app = os.environ['SLIPWAY_APP']
kept = ['/etc/supervisor', '/etc/supervisor/conf.d', '/etc/slipway', '/etc/slipway/circus', f'/etc/slipway/circus/{app}.d', '/var/log/supervisor', '/var/log/slipway',
    f'/var/log/slipway/{app}', f'/run/slipway-circus.{app}', f'/opt/{app}/run/1', '/usr/local/lib/slipway/host']
files = [name for place in kept for name in glob.glob(f'{place}/*') if os.path.isfile(name)]
files += [f'/etc/supervisor/conf.d/slipway-app.{app}.1.probe.1.conf', f'/etc/slipway/circus/{app}.d/slipway-app.{app}.1.probe.1.ini', '/etc/supervisor/supervisord.conf']
for name in [f'{place}/new' for place in kept] + files:
    try:
        open(name, 'a').close()
        print('wrote', name)
    except OSError:
        pass
for name in ['/run/supervisor.sock', '/var/run/supervisor.sock', *(f'/run/slipway-circus.{app}/{end}' for end in ('control', 'pubsub', 'stats'))]:
    try:
        socket.socket(socket.AF_UNIX).connect(name)
        print('reached', name)
    except OSError:
        pass
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        if os.stat(f'/proc/{pid}').st_uid != os.getuid():
            os.kill(int(pid), 0)
            print('may signal', pid)
    except OSError:
        pass
`

const secret = 'two\nlines, "quoted" and $unset'
const sum = createHash('sha256').update(secret).digest('hex')

describe.each(['supervisor', 'circus'])('a process under %s', (supervisor) => {
  let app: TinyApp
  afterAll(() => { app?.[Symbol.dispose]() })

  it('is shut in as one of systemd is, and its environment steers nothing that root runs', async () => {
    app = await TinyApp.on(host, 'box', {
      config: { supervisor, scratch: ['tmp'], services: { probe: {
        start: 'sh probe.sh >tmp/said 2>&1; sleep infinity', env: { LD_PRELOAD: '/tmp/evil.so', PYTHONPATH: '/tmp', PYTHONSTARTUP: '/tmp/evil.py' },
        secrets: ['TOKEN'], 'secrets-as': 'files', health: { command: 'grep -q done tmp/said' } } } },
      files: { 'probe.sh': prober, 'steering.py': steering },
    })
    await host.shell('mkdir -p /home/deploy && : >/home/deploy/private; : >/tmp/of-others')
    succeeded(await app.push({ env: { TOKEN: secret } }))
    const said = await host.shell(`cat /opt/${app.name}/scratch/*/tmp/said`)
    expect(said.replace(/^ERROR: ld.so.*\n/gm, '')).toBe(`app-${app.name} 400\n${sum}\ndone`)
    const log = await host.shell(`cat /var/log/slipway/${app.name}/1.probe.1.log`)
    expect(log).toMatch(/evil.so/)
  })
})

describe('a supervisord that others have broken or stopped', () => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(host, 'bro', { config: { supervisor: 'supervisor' } })
    succeeded(await app.push())
  }, 300_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  it('is told before anything is staged: which file, which line, in its own words', async () => {
    await app.release({ tag: 'v2' })
    await host.shell('printf "[program:legacy]\\ncommand=/bin/true\\nnumprocs many\\n" >/etc/supervisor/conf.d/legacy.conf')
    const before = await app.ownState()
    const run = await app.push()
    await host.shell('rm /etc/supervisor/conf.d/legacy.conf')
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/supervisord on this host is broken at \/etc\/supervisor\/conf.d\/legacy.conf, line 3: .*numprocs many/)
    expect(await app.ownState()).toBe(before)
    expect(await app.serves()).toBe('v1 #1')
  })

  it('is told with what to type when it is down, and what runs is served on', async () => {
    await host.shell('systemctl kill -s KILL supervisor; systemctl stop supervisor')
    expect(await app.serves()).toBe('v1 #1')
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/supervisord of this host does not answer[^]*sudo systemctl restart supervisor/)
    expect((await app.status()).summary).toMatch(/supervisor is down/)
    await host.shell('systemctl start supervisor')
    await app.until(`supervisorctl status slipway-app.${app.name}.1.web.1 | grep RUNNING && curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/`)
    succeeded(await app.push())
    expect(await app.serves()).toBe('v2 #2')
    expect(await app.remains(1)).toBe('')
  })
})
