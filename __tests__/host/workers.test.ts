import { succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, TinyApp } from './harness/tiny-app'

/** Writes down when it begins and when it is asked to end. */
const worker = `import os, signal, sys, time
name = os.environ['SLIPWAY_SERVICE']
def say(word):
    with open('log/' + name, 'a') as file:
        print(word, os.environ['SLIPWAY_ACTIVATION'], file=file)
def end(*_):
    say('end')
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if name == 'deaf' else end)
say('begin')
while not os.path.exists('log/die'):
    time.sleep(0.05)
sys.exit(7)
`
const python = { runtime: 'python', start: 'python work.py' }

let host: Host
let app: TinyApp
beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'work', {
    files: { 'work.py': worker },
    config: {
      shared: ['log'], services: {
        queue: python,
        beat: { ...python, overlap: false },
        deaf: { ...python, overlap: false, stop: { timeout: '1s' } },
        wrapped: { ...python, start: 'cd . && python work.py', overlap: false },
      }
    }
  })
  succeeded(await app.push())
  await app.release({ tag: 'v2' })
  succeeded(await app.push())
}, 300_000)
afterAll(() => { app?.[Symbol.dispose]() })

const said = (name: string): Promise<string> => host.shell(`cat /opt/${app.name}/shared/log/${name}`)
const unit = (number: number, name: string): string => `slipway-app.${app.name}.${number}.${name}.1.service`

describe('a worker', () => {
  it('begins before the old one ends', async () => {
    expect(await said('queue')).toBe('begin 1\nbegin 2\nend 1')
  })

  it('with `overlap: false` begins when the old one has ended', async () => {
    expect(await said('beat')).toBe('begin 1\nend 1\nbegin 2')
  })

  it('that ignores SIGTERM is killed after `stop.timeout`, and there are never two', async () => {
    expect(await said('deaf')).toBe('begin 1\nbegin 2')
    expect(await host.shell(`journalctl --no-pager -o cat -u ${unit(1, 'deaf')}`)).toMatch(/SIGKILL/)
    expect(await host.shell(`for pid in $(pgrep -u app-${app.name}); do tr '\\0' '\\n' </proc/$pid/environ | grep -x SLIPWAY_SERVICE=deaf || true; done`))
      .toBe('SLIPWAY_SERVICE=deaf')
  })

  it('hears SIGTERM behind a shell, too', async () => {
    expect(await said('wrapped')).toBe('begin 1\nend 1\nbegin 2')
  })

  it('with `overlap: false` comes back on the way back, one at a time', async () => {
    await app.release({ tag: 'v3', behaviour: { publicHealth: 500 } })
    expect((await app.push()).outputs).toMatchObject({ status: 'reverted' })
    expect(await said('beat')).toBe('begin 1\nend 1\nbegin 2\nend 2\nbegin 3\nend 3\nbegin 2')
    expect(await app.remains(3)).toBe('')
  })

  it('that ends again and again is left alone after ten times, and the status says so', async () => {
    await host.shell(`touch /opt/${app.name}/shared/log/die`)
    await app.until(`[ "$(systemctl show --value -p ActiveState ${unit(2, 'queue')})" = failed ]`)
    expect(await host.shell(`systemctl show --value -p Result,NRestarts ${unit(2, 'queue')}`)).toMatch(/^(start-limit-hit|exit-code)\n(9|10)$/)
    const status = succeeded(await app.status())
    expect(status.summary + status.log).toMatch(new RegExp(`${unit(2, 'queue')} is failed/failed, restarted \\d+ times, last ended with exit code 7`))
    // A deployment mends it.
    await host.shell(`rm /opt/${app.name}/shared/log/die`)
    await app.release({ tag: 'v4', behaviour: {} })
    succeeded(await app.push())
    expect(await host.shell(`systemctl is-active ${unit(4, 'queue')} ${unit(4, 'deaf')}`)).toBe('active\nactive')
  })
})
