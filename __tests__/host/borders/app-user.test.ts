import { setUp, succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { appsHost, errorsOf, TinyApp } from '../harness/tiny-app'

let host: Host
let app: TinyApp
let other: TinyApp
let user: string
beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'within', { config: { shared: ['uploads'], scratch: ['tmp'] } })
  other = await TinyApp.on(host, 'beyond', { web: { secrets: ['TOKEN'] }, config: { shared: ['uploads'] } })
  succeeded(await app.push())
  succeeded(await other.push({ env: { TOKEN: 'the-secret-of-the-others' } }))
  user = `app-${app.name}`
}, 300_000)
afterAll(() => {
  app?.[Symbol.dispose]()
  other?.[Symbol.dispose]()
})

/** What a script comes to as the app's user, outside of its unit, where it may do more than in it. */
const asApp = async (script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.exec('runuser', '-u', user, '--', 'sh', '-c', script)
  return `${code} ${stdout}${stderr}`
}
/** The same as a line of Python. */
const python = (line: string): string => `python3 -c '${line}'`
const refusedBy = /: [1-9]\d* [^]*(denied|not permitted|Read-only|authentication|must be root|No such file|Connection refused|may not)/i
const important = (): Promise<string> => host.shell(
  "find /etc /usr/local /var/lib/slipway /opt/*/run /opt/*/history /opt/*/releases -xdev ! -name '*.pyc' ! -name __pycache__ "
  + "-printf '%p %u %g %m %y %s %l\\n' | sort; sha256sum /opt/*/history/log.jsonl /opt/*/run/*/activation.json")

describe('the user that an app runs as', () => {
  it('cannot write what steers the host program', async () => {
    const before = await important()
    const root = `/opt/${app.name}`
    const places = [root, `${root}/run`, `${root}/run/1`, `${root}/run/1/router`, `${root}/history`, `${root}/incoming`, `${root}/shared`, `${root}/scratch`,
      `${root}/releases`, '/opt', '/run', '/run/systemd/system', '/etc/systemd/system', '/etc/nginx/conf.d', '/etc/sudoers.d', '/etc/cron.d', '/var/lib/slipway',
      '/var/lib/slipway/domains', '/var/lib/slipway/ports', '/var/lib/slipway/apps', '/usr/local/lib/slipway', '/usr/local/lib/slipway/host',
      '/usr/local/lib/slipway/host/slipway', '/usr/local/lib/slipway/tools', '/var/cache/slipway', `/var/cache/slipway/${app.name}`]
    for (const place of places) expect(`${place}: ${await asApp(`echo x >${place}/new`)}`).toMatch(refusedBy)
    const files = [`${root}/history/log.jsonl`, `${root}/run/intent.json`, `/var/lib/slipway/apps/${app.name}`, `/var/lib/slipway/domains/${app.domain}.json`,
      '/usr/local/sbin/slipway-host', '/usr/local/lib/slipway/host/main.py', `/etc/systemd/system/slipway-app.${app.name}.1.web.1.service`,
      '/etc/nginx/sites-enabled/zz-slipway.conf', '/var/lib/slipway/front/80.conf', `/run/slipway-${app.name}.holder`]
    for (const file of files) {
      for (const attempt of [`echo x >>${file}`, `rm -f ${file} && test ! -e ${file} && test -e $(dirname ${file})/..`, `mv ${file} /tmp/x`, `ln -f ${file} /tmp/hard`]) {
        expect(`${attempt}: ${await asApp(`test -e ${file} || { echo No such file; exit 9; }; ${attempt}`)}`).toMatch(refusedBy)
      }
    }
    for (const link of [`${root}/run/current.sock`, `/var/lib/slipway/domains/${app.domain}.sock`]) {
      expect(`${link}: ${await asApp(`ln -sfn /tmp/x ${link}`)}`).toMatch(refusedBy)
    }
    expect(await important()).toBe(before)
  })

  it('cannot touch what runs: the host program, the routers, other apps, systemd', async () => {
    const before = await host.shell("systemctl show -p MainPID 'slipway-*' nginx")
    const pids = (await host.shell(`pgrep -u web-${other.name}; pgrep -u app-${other.name}; pgrep -o nginx; echo 1`)).split('\n')
    expect(pids.length).toBeGreaterThan(4)
    for (const pid of pids) {
      for (const attempt of [`kill -9 ${pid}`, `cat /proc/${pid}/environ`, `ls /proc/${pid}/fd`, `head -c 1 /proc/${pid}/mem`, `ls /proc/${pid}/cwd/`,
        `echo 1000 >/proc/${pid}/oom_score_adj`,
        python(`import ctypes, os; c = ctypes.CDLL(None, use_errno=True); r = c.ptrace(16, ${pid}, 0, 0); e = ctypes.get_errno(); print(os.strerror(e)); exit(r != 0)`)]) {
        expect(`${attempt}: ${await asApp(attempt)}`).toMatch(refusedBy)
      }
    }
    const unit = `slipway-app.${app.name}.1.web.1.service`
    for (const attempt of [`systemctl stop ${unit}`, `systemctl restart slipway-router.${other.name}.1.service`, 'systemctl daemon-reload', 'systemd-run true',
      `systemctl set-property ${unit} MemoryMax=1`, `loginctl enable-linger ${user}`, 'sudo -n /usr/local/sbin/slipway-host', '/usr/local/sbin/slipway-host </dev/null',
      `echo 'session 1 ${app.name} 0' | /usr/local/sbin/slipway-host`, 'su -c id', 'mount -t tmpfs x /opt']) {
      expect(`${attempt}: ${await asApp(`${attempt} 2>&1`)}`).toMatch(/: ([1-9]\d*) |"refused"/)
    }
    expect(await host.shell("systemctl show -p MainPID 'slipway-*' nginx")).toBe(before)
    expect(await asApp('journalctl --no-pager -q -u "slipway-*" 2>/dev/null')).not.toMatch(/slipway-/)
  })

  it('cannot come to another app but by its public door', async () => {
    const their = `/opt/${other.name}`
    const sockets = [`${their}/run/1/router/http.sock`, `${their}/run/current.sock`, `/var/lib/slipway/domains/${other.domain}.sock`]
    for (const socket of sockets) {
      const connecting = python(`import socket; socket.socket(socket.AF_UNIX).connect("${socket}")`)
      expect(`${socket}: ${await asApp(connecting)}`).toMatch(refusedBy)
    }
    for (const file of [`${their}/run/1/secrets.json`, `${their}/run/1/web.1.env`, `${their}/run/1/web.start`, `${their}/run/1/activation.json`, `${their}/run/1/router.conf`,
      `${their}/run/1/home`, `${their}/shared/uploads`, `${their}/history/log.jsonl`, `/var/cache/slipway/${other.name}`, '/var/lib/slipway/ports', `${their}/incoming`]) {
      expect(`${file}: ${await asApp(`cat ${file} || ls ${file}/`)}`).toMatch(refusedBy)
    }
    expect((await other.ask()).status).toBe(200)
  })

  it('cannot get more rights from inside of its unit', async () => {
    const pid = await host.shell(`systemctl show -p MainPID --value slipway-app.${app.name}.1.web.1.service`)
    const inside = (script: string): Promise<string> => host.shell(
      `nsenter -t ${pid} -m -- setpriv --reuid=${user} --regid=${user} --clear-groups --no-new-privs sh -c '${script}' 2>&1 || echo refused`)
    for (const script of ['sudo -n id', 'su -c id root', 'echo x >/etc/x', 'echo x >/usr/x', 'ls /root', 'ls /home/deploy', 'crontab -l && echo "* * * * * id" | crontab -']) {
      expect(`${script}: ${await inside(script)}`).toMatch(/refused$/)
    }
    expect(await host.shell(`grep -E '^(CapEff|NoNewPrivs)' /proc/${pid}/status | tr -d '\\t'`)).toBe('CapEff:0000000000000000\nNoNewPrivs:1')
  })
})

describe('what the app leaves where it may write', () => {
  const decoy = '/etc/decoy-of-tests'
  const home = (number: number): string => `/opt/${app.name}/run/${number}/home`
  const deep = (folder: string): string => python(`import os\nos.chdir("${folder}")\nfor i in range(1500): os.mkdir("d"); os.chdir("d")\nopen("f", "w")`)
  const traps = (folder: string): string => `cd ${folder} && ln -s ${decoy} file && ln -s /etc folder && mkfifo pipe && mkdir shut && touch shut/x && chmod 0 shut && ln -s ../../.. up`
  /** What nobody may have changed by way of a link. */
  const untouched = (): Promise<string> => host.shell(`cat ${decoy}; stat -c '%n %U %G %a' ${decoy} /etc /etc/shadow /opt/${app.name} /opt/${other.name}/shared/uploads; ls /etc | sort | sha256sum`)

  beforeAll(() => host.shell(`echo decoy >${decoy}; chmod 640 ${decoy}`))
  afterAll(() => host?.shell(`rm -f ${decoy}`))
  afterEach(() => app.rest())

  it('leads root nowhere, and keeps nothing from being removed', async () => {
    const before = await untouched()
    const scratch = await host.shell(`readlink -f /opt/${app.name}/scratch/v1-*/tmp`)
    for (const folder of [`/opt/${app.name}/shared/uploads`, scratch, home(1)]) expect(await asApp(`mkdir ${folder}/traps && ${traps(`${folder}/traps`)}`)).toBe('0 ')
    for (const folder of [scratch, home(1)]) expect(await asApp(deep(folder))).toBe('0 ')
    // Names that root uses where everybody may write.
    expect(await asApp(`for n in a b; do ln -sfn ${decoy} /var/tmp/slipway-setup.$n; ln -sfn /etc /tmp/slipway-$n; done; touch -h -d yesterday /var/tmp/slipway-setup.*`)).toBe('0 ')
    const holding = host.exec('runuser', '-u', user, '--', 'sh', '-c', `cd ${scratch} && exec 3>kept && echo $$ >/tmp/holding && exec sleep 300`)
    await host.shell('until [ -s /tmp/holding ]; do sleep 0.05; done')
    for (const tag of ['v2', 'v3', 'v4', 'v5']) {
      await app.release({ tag })
      succeeded(await app.push())
    }
    succeeded(await setUp(host, app.repository))
    await host.shell('kill $(cat /tmp/holding); rm -f /tmp/holding /tmp/slipway-a /tmp/slipway-b')
    await holding
    // keep: 3, so that v1 and v2 are gone with all that the app had put beside them.
    expect(await host.shell(`ls /opt/${app.name}/releases /opt/${app.name}/scratch | grep -c -e v1- -e v2- || true`)).toBe('0')
    for (const number of [1, 2, 3, 4]) expect(await app.remains(number)).toBe('')
    expect(await untouched()).toBe(before)
    expect(await app.serves()).toBe('v5 #5')
  })

  it('does not stop a failed deploy from being undone, or the next one', async () => {
    const bomb = 'import os\nos.chdir(os.environ["HOME"])\nfor i in range(1500):\n    os.mkdir("d")\n    os.chdir("d")\n'
    await app.release({ tag: 'v6', behaviour: { publicHealth: 500 }, web: { start: 'python bomb.py && exec python main.py' }, files: { 'bomb.py': bomb } })
    const failed = await app.push()
    expect(failed.code).toBe(1)
    expect(errorsOf(failed)).toMatch(/answered 500 after the switch/)
    expect(await app.remains(6)).toBe('')
    expect(await app.serves()).toBe('v5 #5')
    await app.release({ tag: 'v7', web: { start: 'python main.py' } })
    succeeded(await app.push())
    expect(await app.serves()).toBe('v7 #7')
  })

  it('does not stop what is replaced from being removed while the app goes on writing there', async () => {
    // Without a pause, and no more at once than root removes in a moment.
    const script = 'import contextlib, os, sys\nos.chdir(sys.argv[1])\ni = 0\nwhile True:\n    i += 1\n    with contextlib.suppress(OSError):\n        os.mkdir(f"d{i}")\n'
      + '    with contextlib.suppress(OSError):\n        os.rmdir(f"d{i - 1000}")\n'
    await host.shell('cat >/tmp/filling.py', { input: script })
    await host.shell(`systemd-run --quiet --collect --unit=filling --uid=${user} python3 /tmp/filling.py ${home(7)}; until [ -d ${home(7)}/d9 ]; do sleep 0.05; done`)
    await app.release({ tag: 'v8' })
    const run = await app.push()
    expect(await host.shell('systemctl is-active filling; systemctl stop filling; rm /tmp/filling.py')).toBe('active')
    succeeded(run)
    expect(await host.shell(`ls -d ${home(7)} 2>&1 || true`)).toMatch(/No such file/)
    // Nobody fills it any more: whoever looks next takes the rest away.
    succeeded(await app.status())
    expect(await app.remains(7)).toBe('')
    expect(await app.serves()).toBe('v8 #8')
  })
})

describe('variables of an app, while root types `slipway run`', () => {
  // What LD_PRELOAD does to a program LD_DEBUG_OUTPUT does, too, and leaves a file of whoever ran it.
  const loaded = (): string => `/opt/${app.name}/shared/uploads/loaded`
  const by = (who: string): Promise<string> => host.shell(`find /opt/${app.name}/shared/uploads -name 'loaded.*' ${who} | wc -l`)

  it('reach no process of root\'s', async () => {
    await app.release({ tag: 'v9', web: { env: { LD_DEBUG: 'files', LD_DEBUG_OUTPUT: loaded() } } })
    succeeded(await app.push())
    await host.shell(`rm -f ${loaded()}.*`)
    expect(await host.exec('slipway', 'run', app.name, '--', 'sh', '-c', 'exit 3')).toMatchObject({ code: 3 })
    expect(Number(await by(`-user ${user}`))).toBeGreaterThan(1)
    expect(await by(`! -user ${user}`)).toBe('0')
  })

  it('and what it runs can write the word of its end, and nothing beside it', async () => {
    const script = `p=/opt/${app.name}/run/9/one-offs/$(sed -n 's:.*/\\(slipway-run[.].*\\):\\1:p' /proc/self/cgroup | head -1); exec 2>/dev/null; echo 'exited 0' >$p.ended || exit 91; `
      + '(echo x >>$p) && exit 92; rm -f $p.ended && exit 93; (: >$p.new) && exit 94; cat $p.lock && exit 95; ls ${p%/*} && exit 96; exit 5'
    expect(await host.exec('slipway', 'run', app.name, '--', 'sh', '-c', script)).toMatchObject({ code: 5 })
    expect(await host.shell(`ls /opt/${app.name}/run/9/one-offs`)).toBe('')
  })
})
