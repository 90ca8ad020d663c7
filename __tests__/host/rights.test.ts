import { createHash, randomBytes } from 'node:crypto'
import { succeeded } from './harness/deploy'
import type { ActionRun } from './harness/action'
import type { Host } from './harness/hosts'
import { appsHost, shownLog, TinyApp } from './harness/tiny-app'

let host: Host
let app: TinyApp
let other: TinyApp
// Each line of it is looked for by itself.
const unique = randomBytes(6).toString('hex')
const lines = [`top$ecret "quoted" 'x' \`id\` #${unique}`, `second-line-of-the-secret-${unique}`]
const secret = { env: { TOKEN: lines.join('\n') } }

beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'rights', { web: { secrets: ['TOKEN'] }, config: { shared: ['uploads'], scratch: ['tmp'] } })
  other = await TinyApp.on(host, 'others', { web: { secrets: ['TOKEN'] } })
  succeeded(await other.push({ env: { TOKEN: 'the-secret-of-the-others' } }))
}, 300_000)
afterAll(() => {
  app?.[Symbol.dispose]()
  other?.[Symbol.dispose]()
})

/** The exit code and words of a command as a user of the host. */
const as = async (user: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.exec('runuser', '-u', user, '--', 'sh', '-c', script)
  return `${code} ${stdout}${stderr}`
}
const denied = /^[12] .*(Permission denied|Read-only file system)/

describe('a secret', () => {
  let run: ActionRun
  let commands = ''

  beforeAll(async () => {
    // Every command line there is while it is deployed.
    await host.shell('touch /tmp/sampling; : >/tmp/commands')
    const sampling = host.shell('while [ -e /tmp/sampling ]; do '
      + 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " >>/tmp/commands; sleep 0.01; done || true')
    run = succeeded(await app.push(secret))
    await host.shell('rm /tmp/sampling')
    await sampling
    commands = await host.shell('cat /tmp/commands; rm /tmp/commands')
  })

  it('reaches the app as it was given', async () => {
    expect((await app.ask()).told.secret).toBe(createHash('sha256').update(secret.env.TOKEN).digest('hex'))
  })

  it('is in no command line', () => {
    expect(commands).toContain('/usr/local/lib/slipway/host/main.py session')
    for (const line of lines) expect(commands).not.toContain(line)
  })

  it('is in nothing that the action says', () => {
    const { summary, outputs, state, annotations } = run
    for (const text of [shownLog(run), summary, ...[outputs, state, annotations].map((said) => JSON.stringify(said))]) {
      for (const line of lines) expect(text).not.toContain(line)
    }
    expect(run.log).toContain(`::add-mask::${lines[0]}`)
  })

  it('is on the host in the two files that hold it, which only root can read, and nowhere else', async () => {
    const everywhere = '/opt /etc /var/log /var/lib /var/cache /var/tmp /tmp /run /home /root /usr/local'
    const found = await host.shell(`grep -rlF -e '${lines[1]}' ${everywhere} 2>/dev/null | sort`)
    expect(found.split('\n')).toEqual([`/opt/${app.name}/run/1/secrets.json`, `/opt/${app.name}/run/1/web.1.env`])
    expect(await host.shell(`stat -c '%U %a' ${found.replaceAll('\n', ' ')}`)).toBe('root 600\nroot 600')
    expect(await host.shell(`journalctl --no-pager -o cat | grep -cF -e '${lines[1]}' || true`)).toBe('0')
  })

  it('is shown to nobody by systemd', async () => {
    const shown = await host.shell(`systemctl show 'slipway-app.${app.name}.*'; systemctl cat 'slipway-app.${app.name}.*'`)
    expect(shown).toContain('EnvironmentFile')
    for (const line of lines) expect(shown).not.toContain(line)
  })

  it('is taken out of what the app itself prints when it fails, by the host also, where the run was not given it', async () => {
    const main = await host.shell(`cat /opt/${app.name}/releases/v1-*/src/main.py`)
    const talking = 'if os.path.exists("uploads/fail"):\n    sys.exit("my token is " + os.environ["TOKEN"])\n'
    await app.release({ tag: 'v2', files: { 'main.py': `${main.replace('BEHAVIOUR =', `${talking}BEHAVIOUR =`)}\n` } })
    succeeded(await app.push(secret))
    await host.shell(`touch /opt/${app.name}/shared/uploads/fail`)
    await app.release({ tag: 'v3' })
    const given = await app.push(secret)
    // v1 does not look at that file; on the way back to v2 nobody tells the run what the secret is.
    succeeded(await app.rollback('v1'))
    const notGiven = await app.rollback('v2')
    await host.shell(`rm /opt/${app.name}/shared/uploads/fail`)
    expect([given.code, notGiven.code]).toEqual([1, 1])
    for (const run of [given, notGiven]) {
      expect(run.log).toMatch(/my token is \*\*\*/)
      for (const text of [shownLog(run), run.summary, JSON.stringify(run.outputs)]) {
        for (const line of lines) expect(text).not.toContain(line)
      }
    }
  })
})

describe('the user that the app runs as', () => {
  const release = (of: TinyApp): Promise<string> => host.shell(`readlink -f /opt/${of.name}/releases/v1-*`)

  it('is one of its own, who cannot become another', async () => {
    expect(await host.shell(`ps -o user:40= -p $(pgrep -u app-${app.name} -f main.py) | sort -u`)).toBe(`app-${app.name}`)
    expect(await host.shell(`getent passwd app-${app.name} | cut -d: -f7`)).toMatch(/\/(nologin|false)$/)
    expect(await host.shell(`id -Gn app-${app.name}`)).toBe(`app-${app.name}`)
    expect(await host.shell(`grep NoNewPrivs /proc/$(pgrep -u app-${app.name} -f main.py)/status`)).toMatch(/1$/)
  })

  it('cannot write into the release, neither change, add nor remove', async () => {
    const src = `${await release(app)}/src`
    const user = `app-${app.name}`
    expect(await as(user, `cat ${src}/VERSION`)).toBe('0 v1')
    for (const attempt of [`echo x >>${src}/main.py`, `touch ${src}/new.txt`, `rm ${src}/VERSION`,
      `mv ${src}/main.py ${src}/mine.py`, `chmod u+w ${src}/main.py`, `touch ${src}/../env/0/lib/x`, `touch ${src}/../x`,
      `mkdir /opt/${app.name}/releases/x`]) {
      expect(`${attempt}: ${await as(user, attempt)}`).toMatch(/: [12] .*(Permission denied|not permitted|Read-only)/)
    }
  })

  it('can write where the configuration says, and what it writes there outlives the release, or does not', async () => {
    const src = `${await release(app)}/src`
    expect(await as(`app-${app.name}`, `echo kept >${src}/uploads/a; echo gone >${src}/tmp/b`)).toBe('0 ')
    expect(await host.shell(`cat /opt/${app.name}/shared/uploads/a`)).toBe('kept')
    await app.release({ tag: 'v4', files: { 'main.py': (await host.shell(`cat ${src}/main.py`)) + '\n' } })
    succeeded(await app.push(secret))
    const now = await host.shell(`readlink -f /opt/${app.name}/releases/v4-*`)
    expect(await as(`app-${app.name}`, `cat ${now}/src/uploads/a; ls ${now}/src/tmp`)).toBe('0 kept\n')
  })

  it('cannot read the secrets\' files, its own neither, nor the router\'s', async () => {
    const user = `app-${app.name}`
    const number = (await app.ask()).told.activation
    for (const file of ['secrets.json', 'web.1.env', 'router.conf', 'activation.json', 'router/http.sock']) {
      expect(`${file}: ${await as(user, `cat /opt/${app.name}/run/${number}/${file}`)}`).toMatch(/: 1 .*Permission denied/)
    }
    expect(await as(user, `ls /opt/${app.name}/run`)).toMatch(denied)
    expect(await as(user, `echo >/opt/${app.name}/run/${number}/web.start`)).toMatch(denied)
  })

  it('cannot read another app\'s release, secrets, shared files or processes', async () => {
    const user = `app-${app.name}`
    const [its, pid] = [await release(other), await host.shell(`pgrep -u app-${other.name} -f main.py`)]
    await host.shell(`mkdir -p /opt/${other.name}/shared`)
    for (const attempt of [`cat ${its}/src/main.py`, `ls ${its}`, `cat /opt/${other.name}/run/1/web.1.env`,
      `cat /opt/${other.name}/run/1/secrets.json`, `cat /proc/${pid}/environ`, `cat /opt/${other.name}/history/log.jsonl`,
      `ls /var/cache/slipway/${other.name}`]) {
      expect(`${attempt}: ${await as(user, attempt)}`).toMatch(/: [12] .*Permission denied/)
    }
  })
})

describe('a release on disk', () => {
  /** What is not root's, or may be written by others, or gives rights. */
  const loose = (folder: string): Promise<string> =>
    host.shell(`find ${folder} \\( ! -user root -o ! -type l -perm /022 -o -perm /6000 \\) -print | head -n 5`)

  it('is root\'s as a whole, and nobody else may write to any of it', async () => {
    const folder = await host.shell(`readlink -f /opt/${app.name}/releases/v4-*`)
    expect(await loose(folder)).toBe('')
    expect(await host.shell(`find ${folder} | wc -l`)).not.toBe('1')
    expect(await host.shell(`stat -c '%U %G %a' ${folder}`)).toBe(`root app-${app.name} 750`)
  })

  it('made with a build is no different', async () => {
    const build = ['echo made >made.txt && chmod 777 made.txt', 'mkdir -m 777 open', 'cp made.txt s && ! chmod 6777 s && chmod 777 s']
    await app.release({ tag: 'v5', web: { build } })
    succeeded(await app.push(secret))
    const folder = await host.shell(`readlink -f /opt/${app.name}/releases/v5-*`)
    expect(await host.shell(`cat ${folder}/src/made.txt`)).toBe('made')
    expect(await loose(folder)).toBe('')
    expect(await as(`build-${app.name}`, `touch ${folder}/src/open/y`)).toMatch(denied)
  })

  it('has units that are root\'s', async () => {
    expect(await host.shell(`stat -c '%U %a' /etc/systemd/system/slipway-*.${app.name}.* | sort -u`)).toBe('root 644')
  })
})
