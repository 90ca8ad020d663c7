import { setUp, succeeded } from './harness/deploy'
import { freshHost, type Host } from './harness/hosts'
import { ask, asUser, errorsOf, TinyApp } from './harness/tiny-app'

// A host on which somebody has things of every kind already.
let host: Host
let app: TinyApp
beforeAll(async () => {
  host = asUser(await freshHost('beside', { image: 'ready' }), 'root')
  await host.shell(`
    echo 'server { listen 80; server_name legacy.example.org; return 200 legacy; }' >/etc/nginx/sites-available/legacy
    ln -s ../sites-available/legacy /etc/nginx/sites-enabled/legacy
    printf 'map $host $their_map { default 1; }\\nlog_format theirs "$their_map";\\n' >/etc/nginx/conf.d/theirs.conf
    mkdir -p /etc/cron.d /etc/logrotate.d /var/spool/cron/crontabs /opt/theirs/releases /srv/theirs /var/log/theirs
    echo '*/5 * * * * root true' >/etc/cron.d/theirs
    echo '0 0 * * * true' >/var/spool/cron/crontabs/root; chmod 600 /var/spool/cron/crontabs/root
    printf '/var/log/theirs/*.log {\\n  weekly\\n}\\n' >/etc/logrotate.d/theirs
    echo data >/opt/theirs/releases/data; echo log >/var/log/theirs/x.log
    printf '[Service]\\nExecStart=/bin/sleep infinity\\nUser=nobody\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/theirs.service
    printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' >/etc/systemd/system/theirs-often.service
    printf '[Timer]\\nOnCalendar=*-*-* 03:00:00\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/theirs-often.timer
    printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/slipway-lookalike.service
    mkdir -p /etc/supervisor/conf.d; printf '[program:theirs]\\ncommand=/bin/sleep infinity\\n' >/etc/supervisor/conf.d/theirs.conf
    echo 'nobody ALL=(root) NOPASSWD: /bin/true' >/etc/sudoers.d/theirs; chmod 440 /etc/sudoers.d/theirs
    systemctl daemon-reload; systemctl enable -q --now theirs theirs-often.timer slipway-lookalike; systemctl reload nginx
    ufw allow 22/tcp; ufw allow 80/tcp comment theirs; ufw limit 2022/tcp comment theirs; ufw allow from 10.0.0.0/8 to any port 5432 proto tcp; ufw allow out 25; ufw deny 23; ufw allow 6000:6010/udp
    ufw route allow proto tcp from any to 10.1.2.3 port 80; ufw logging low; ufw --force enable`)
  app = await TinyApp.on(host, 'beside')
}, 300_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})

/** All that is theirs: content, rights, times, processes and rules. */
const theirs = (): Promise<string> => host.shell(`
  find /etc/nginx /etc/cron.d /etc/logrotate.d /var/spool/cron /etc/supervisor /etc/sudoers.d /etc/ufw /opt/theirs /srv/theirs /var/log/theirs /etc/systemd/system \\
    ! -type d ! -path '*slipway-[asrt]*.beside-*' ! -name slipway-settle.service ! -name slipway.conf -printf '%p %u %g %m %s %T@ %l\\n' | sort
  find /etc/nginx /etc/cron.d /etc/logrotate.d /var/spool/cron /etc/supervisor /etc/sudoers.d /etc/ufw /opt/theirs /etc/systemd/system -type f \\
    ! -path '*slipway-[asrt]*.beside-*' ! -name slipway-settle.service ! -name slipway.conf -exec sha256sum {} + | sort
  systemctl show -p MainPID -p NRestarts -p ActiveEnterTimestampMonotonic -p UnitFileState theirs theirs-often.timer slipway-lookalike ssh nginx
  ufw status verbose; iptables -S; ip6tables -S 2>/dev/null || true; iptables -t nat -S`)

describe('what others made on the host', () => {
  it('is as it was after setups, deploys, a rollback and failures', async () => {
    const before = await theirs()
    const steps: string[] = []
    const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      await work()
      if (await theirs() !== before) steps.push(name)
      if ((await ask(host, 'legacy.example.org', '/')).body !== 'legacy') steps.push(`${name}: their site`)
    }
    await step('the first deploy', async () => succeeded(await app.push()))
    await app.release({ tag: 'v2' })
    await step('the second', async () => succeeded(await app.push()))
    await step('a rollback', async () => succeeded(await app.rollback()))
    await app.release({ tag: 'v3', behaviour: { exit: 3 } })
    await step('a deploy that fails at its start', async () => expect((await app.push()).code).toBe(1))
    await app.release({ tag: 'v4', behaviour: { publicHealth: 500 } })
    await step('a deploy that fails after the switch', async () => expect((await app.push()).code).toBe(1))
    await step('a setup again', async () => expect(succeeded(await setUp(host, app.repository)).outputs['changed']).toBe('false'))
    expect(steps).toEqual([])
    expect(await theirs()).toBe(before)
  })

  it('stays when the firewall is asked for: only what is missing is added to the rules', async () => {
    const rules = async (): Promise<readonly string[]> => (await host.shell('ufw show added | tail -n +2')).split('\n')
    const [before, logging] = [await rules(), await host.shell('ufw status verbose | grep -e Logging -e Default')]
    succeeded(await setUp(host, app.repository, { inputs: { firewall: 'true' } }))
    const after = await rules()
    expect(after.filter((rule) => !before.includes(rule))).toEqual(["ufw allow 443/tcp comment 'slipway'"])
    expect(before.filter((rule) => !after.includes(rule))).toEqual([])
    expect(await host.shell('ufw status verbose | grep -e Logging -e Default')).toBe(logging)
  })

  it.each([
    ['a site of nginx', '/etc/nginx/sites-enabled/broken', 'server {\n  listen 80;\n  lissten 81;\n}\n', /unknown directive "lissten" in \/etc\/nginx\/sites-enabled\/broken:3/],
    ['an include that leads nowhere', '/etc/nginx/conf.d/broken.conf', '\ninclude /etc/nginx/none.conf;\n', /none\.conf" failed.* in \/etc\/nginx\/conf\.d\/broken\.conf:2/],
  ])('is named with file and line when it is broken, before anything is touched: %s', async (_, path, text, words) => {
    await host.shell(`cat >${path}`, { input: text })
    await app.release({ tag: `v${Date.now()}` })
    const before = `${await theirs()}${await app.ownState()}`
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(words)
    expect(`${await theirs()}${await app.ownState()}`).toBe(before)
    await host.shell(`rm ${path}`)
  })

  it('does not keep us out where it does us no harm: an include that matches nothing, a broken unit, a broken sudo rule', async () => {
    await host.shell(`echo 'include /etc/nginx/none/*.conf;' >/etc/nginx/conf.d/empty.conf; printf '[Service]\\nExecStart=relative\\nNonsense' >/etc/systemd/system/broken.service; echo 'ALL ALL ALL(' >/etc/sudoers.d/broken`)
    const before = await theirs()
    await app.release({ tag: 'v9' })
    succeeded(await app.push())
    expect(await theirs()).toBe(before)
    await host.shell('rm /etc/nginx/conf.d/empty.conf /etc/systemd/system/broken.service /etc/sudoers.d/broken')
  })
})
