import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

interface Ended { readonly code: number; readonly said: string }

const attempts = readFileSync(join(import.meta.dirname, 'harness', 'tiny-app', 'attempts.py'), 'utf8')
const wider = { runtime: 'python', start: 'python main.py', route: '/wide/', sandbox: { namespaces: true, devices: true } }

let host: Host
let app: TinyApp
let other: TinyApp

/** What a shell command comes to as a process of the service itself, in its sandbox. */
const attempt = (script: string, path = '/'): Promise<Ended> => new Promise((resolve, reject) => {
  const asked = request({ host: host.address, port: 80, path, method: 'POST', headers: { host: app.domain }, agent: false }, (answer) => {
    let body = ''
    answer.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
    answer.on('end', () => {
      if (answer.statusCode === 200) resolve(JSON.parse(body) as Ended)
      else reject(new Error(body))
    })
  })
  asked.on('error', reject).end(script)
})
/** One line of Python with `libc` and `call(number, …)`, which gives the name of the error or `done`. */
const python = (code: string): string => `python3 -c '
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(*given): return "done" if libc.syscall(*given) >= 0 else errno.errorcode[ctypes.get_errno()]
${code}'`
const property = async (name: string, service = 'web'): Promise<string> =>
  host.shell(`systemctl show --value -p ${name} slipway-app.${app.name}.1.${service}.1.service`)

beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'sandbox', {
    files: { 'main.py': attempts }, web: { health: '/' },
    config: { services: { wide: wider }, shared: ['uploads', 'volume'], scratch: ['tmp'] }
  })
  await host.shell(`install -d -o app-${app.name} -g app-${app.name} /srv/${app.name}-volume
    ln -s /srv/${app.name}-volume /opt/${app.name}/shared/volume`)
  other = await TinyApp.on(host, 'beside', { files: { 'main.py': attempts }, web: { health: '/' }, config: { shared: ['uploads'] } })
  succeeded(await app.push())
  succeeded(await other.push())
}, 300_000)
afterAll(() => {
  app?.[Symbol.dispose]()
  other?.[Symbol.dispose]()
})

describe('a process of the app', () => {
  it('runs with all of the sandbox that its unit asks for: this systemd knows each line', async () => {
    const unit = `/etc/systemd/system/slipway-app.${app.name}.1.web.1.service`
    const asked = (await host.shell(`sed -n '/^UMask/,/^$/p' ${unit}`)).split('\n')
      .map((line) => line.split('=') as [string, string]).filter(([name]) => !/^(SystemCall|CapabilityB|Ambient)/.test(name))
    expect(asked.length).toBeGreaterThan(15)
    const words = (text: string): string => text.split(' ').sort().join(' ')
    for (const [name, value] of asked) {
      const found = await property(name)
      expect(`${name}=${words(found)}`).toBe(`${name}=${words(value)}`)
    }
    const status = await attempt('grep -E "^(Cap|NoNewPrivs|Seccomp):|^Cap" /proc/self/status')
    expect(status.said.match(/Cap\w+:\t0{16}/g)).toHaveLength(5)
    expect(status.said).toMatch(/NoNewPrivs:\t1\nSeccomp:\t2/)
    expect(await host.shell(`journalctl --no-pager -o cat -u slipway-app.${app.name}.1.web.1 | grep -ci 'unknown\\|ignoring' || true`)).toBe('0')
  })

  it.each([
    ['its own release', 'echo x >>main.py'],
    ['a new file in it', 'touch new.txt'],
    ['a folder of releases', 'mkdir /opt/APP/releases/x'],
    ['its own run folder', 'touch /opt/APP/run/1/x'],
    ['its start script', 'echo x >/opt/APP/run/1/web.start'],
    ['its history', 'echo x >>/opt/APP/history/log.jsonl'],
    ['another app\'s release', 'touch /opt/OTHER/releases/x'],
    ['another app\'s run folder', 'touch /opt/OTHER/run/1/x'],
    ['another app\'s shared files', 'touch /opt/OTHER/shared/uploads/x'],
    ['/etc', 'touch /etc/x'],
    ['/usr', 'touch /usr/local/bin/x'],
    ['/var', 'touch /var/lib/x'],
    ['/srv, where all may write', 'touch /srv/open/x'],
    ['a home', 'touch /home/x'],
    ['/boot', 'touch /boot/x'],
    ['tunables of the kernel', 'echo 1 >/proc/sys/net/ipv4/ip_forward'],
    ['/sys', 'echo 1 >/sys/kernel/mm/transparent_hugepage/enabled'],
    ['cgroups', 'mkdir /sys/fs/cgroup/x'],
    ['/dev', 'touch /dev/x'],
  ])('cannot write to %s', async (_, script) => {
    await host.shell('mkdir -p -m 777 /srv/open')
    const { code, said } = await attempt(script.replaceAll('APP', app.name).replaceAll('OTHER', other.name))
    expect(code).not.toBe(0)
    expect(said).toMatch(/Read-only file system|Permission denied/)
  })

  it('writes where slipway.yml says, at home, in /tmp and in shared memory, and where root\'s link in `shared` leads', async () => {
    const places = 'uploads/a tmp/a volume/a $HOME/a /tmp/a /var/tmp/a /dev/shm/a-$SLIPWAY_RELEASE'
    expect(await attempt(`for place in ${places}; do echo x >$place && cat $place || exit 1; done`)).toEqual({ code: 0, said: 'x\n'.repeat(7).trim() })
    expect(await host.shell(`cat /srv/${app.name}-volume/a; stat -c %a /srv/${app.name}-volume/a`)).toBe('x\n640')
  })

  it('does not see the /tmp, the homes, the devices and the processes of others', async () => {
    await host.shell('echo secret >/tmp/of-root; chmod 644 /tmp/of-root')
    expect((await attempt('cat /tmp/of-root')).said).toMatch(/No such file/)
    expect((await attempt('ls /home /root')).said).toMatch(/Permission denied|^\/home:\s*$/)
    expect((await attempt('ls /dev/kmsg /dev/console /dev/mem /dev/sda /dev/loop0')).said.match(/cannot access/g)).toHaveLength(5)
    const pid = await host.shell(`systemctl show --value -p MainPID slipway-app.${other.name}.1.web.1`)
    expect((await attempt(`ls /proc/${pid}; ls /proc/1`)).said.match(/No such file/g)).toHaveLength(2)
    expect((await attempt(`kill -0 ${pid}`)).said).toMatch(/No such process|Operation not permitted/)
    expect((await attempt('journalctl -n 1')).said).toMatch(/insufficient permissions|No journal files/)
  })

  it.each([
    ['trace a process', python('print(call(101, 16, os.getppid(), 0, 0))'), 'EPERM'],
    ['mount', python('print(call(165, b"none", b"/tmp", b"tmpfs", 0, 0))'), 'EPERM'],
    ['make a namespace of users', python('print(call(272, 0x10000000))'), 'EPERM'],
    ['enter another namespace', python('print(call(308, 0, 0))'), 'EPERM'],
    ['load a module', python('print(call(313, 0, b"", 0))'), 'EPERM'],
    ['load a program into the kernel', python('print(call(321, 0, 0, 0))'), 'EPERM'],
    ['read the log of the kernel', python('print(call(103, 3, 0, 0))'), 'EPERM'],
    ['set the clock', python('print(call(227, 0, ctypes.byref((ctypes.c_long * 2)(0, 0))))'), 'EPERM'],
    ['name the host', python('print(call(170, b"x", 1))'), 'EPERM'],
    ['keep keys in the kernel', python('print(call(248, b"user", b"k", b"v", 1, -3))'), 'EPERM'],
    ['use io_uring', python('print(call(425, 8, 0))'), 'EPERM'],
    ['run at real time', python('os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))'), 'Operation not permitted'],
    ['make a file setuid', 'cp /bin/true /tmp/mine && chmod u+s /tmp/mine', 'Operation not permitted'],
    ['make a file setgid as it is made', python('os.open("/tmp/g", os.O_CREAT, 0o2755)'), 'Operation not permitted'],
    ['make a device', 'mknod /tmp/sda b 8 0', 'Operation not permitted'],
    ['open a raw socket', python('socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'), 'not permitted'],
    ['listen to the network', python('socket.socket(17, socket.SOCK_RAW, 0)'), 'not supported'],
    ['speak to virtual machines', python('socket.socket(40, socket.SOCK_STREAM)'), 'not supported'],
    ['become root by sudo', 'sudo -n true', /no new privileges|not allowed|effective uid/],
    ['become another by su', 'su -c true', /Authentication failure|must be run from a terminal|Permission denied/],
    ['change its user', python('os.setuid(0)'), 'Operation not permitted'],
  ])('cannot %s', async (_, script, refusal) => {
    const { said } = await attempt(script)
    expect(said).toMatch(refusal)
  })

  it('may still do what apps do', async () => {
    const script = python(`
import asyncio, multiprocessing, sqlite3, ssl, subprocess, tempfile, threading
from concurrent.futures import ProcessPoolExecutor
assert multiprocessing.get_context("fork").Pool(2).map(abs, [-1, -2]) == [1, 2]
with ProcessPoolExecutor(2) as pool: assert list(pool.map(abs, [-3])) == [3]
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(create=True, size=64); memory.close(); memory.unlink()
tempfile.NamedTemporaryFile().close()
assert subprocess.check_output(["sh", "-c", "echo x | tr x y"]) == b"y\\n"
sqlite3.connect("tmp/x.db").execute("create table if not exists t (x)")
assert socket.getaddrinfo("localhost", 80)
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
assert os.cpu_count() and open("/proc/stat").read() and open("/proc/meminfo").read()
code = mmap = __import__("mmap").mmap(-1, 4096, prot=7)
os.nice(5)
async def child(): return await (await asyncio.create_subprocess_exec("true")).wait()
assert asyncio.run(child()) == 0
print("all of it")`)
    expect(await attempt(script)).toEqual({ code: 0, said: 'all of it' })
  })
})

describe('builds, `before` and health commands', () => {
  it('run in the same sandbox; a health command sees the /tmp of its service', async () => {
    const check = 'grep -q "^CapBnd:.0*$" /proc/self/status && grep -q "^Seccomp:.2" /proc/self/status '
      + '&& ! touch /srv/open/x 2>/dev/null && ! unshare -U true 2>/dev/null && ! ls /proc/1 2>/dev/null'
    const start = 'echo beats >/tmp/heartbeat; exec sleep 1000'
    await host.shell('mkdir -p -m 777 /srv/open')
    await app.release({
      tag: 'v2', web: { build: [check], before: [check] },
      config: { services: { wide: wider, worker: { start, health: `${check} && grep -q beats /tmp/heartbeat` } } }
    })
    succeeded(await app.push())
    expect((await app.ask()).told.activation).toBe(2)
    succeeded(await app.rollback())
  })
})

describe('a release that wants more than it may', () => {
  it.each([
    ['a file elsewhere on the host', 'open("/srv/open/a", "w")', /(web|wide) wants to write outside of its places: \/srv\/open\/a\.[^]*`shared: \[open\]`/, {}],
    ['a log file', 'open("/var/log/app.log", "w")', /\/var\/log\/app\.log\.[^]*standard output/, {}],
    ['more threads than `tasks`', 'import threading, time\nfor _ in range(20): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
      /web wanted more than its 8 processes and threads/, { tasks: 8 }],
    ['more memory than `memory`', 'x = b"x" * (200 << 20)', /web was killed: it wanted more than its 64M of memory/, { memory: '64M' }],
  ])('%s: is told so', async (_, code, words, web) => {
    await host.shell('mkdir -p -m 777 /srv/open /var/log')
    await app.release({ tag: `w${Date.now()}`, files: { 'main.py': `${code}\n${attempts}` }, web: { build: [], before: [], ...web } })
    const run = await app.push()
    expect([run.code, errorsOf(run)]).toEqual([1, expect.stringMatching(words)])
  })
})

describe('a service whose `sandbox` is wider', () => {
  it('makes namespaces and sees devices, and is else no freer', async () => {
    expect(await attempt('unshare --user --map-root-user --mount --pid --fork sh -c "mount -t tmpfs none /mnt && id -u"', '/wide/'))
      .toEqual({ code: 0, said: '0' })
    expect(await property('PrivateDevices', 'wide')).toBe('no')
    for (const script of ['touch /etc/x', 'touch new.txt']) expect((await attempt(script, '/wide/')).said).toMatch(/Read-only|denied/)
    expect((await attempt(python('print(call(313, 0, b"", 0))'), '/wide/')).said).toBe('EPERM')
  })
})
