import { startAction } from '../../host/harness/action'
import { reach, setUp, succeeded } from '../../host/harness/deploy'
import { mirror, type Host } from '../../host/harness/hosts'
import type { Repository } from '../../host/harness/repository'
import { throughProxy } from '../../host/harness/through-proxy'
import type { Deed, Powers, Way } from '../place'

/** Which program a host has; and what else a setup writes, of which is told when it does. */
const program = '/usr/local/lib/slipway/host/VERSION'
export const writtenBySetup = [program, '/etc/nginx/sites-enabled/zz-slipway.conf']

/** Seconds for a host to settle by itself what a dead run has left: 20 of silence, then what that had in hand. */
const patience = 120

/** An app on a host, as far as all of them are alike. */
export class AppOnHost {
  readonly name: string
  readonly host: Host
  /** As users ask for it. */
  readonly #request: string

  constructor(name: string, host: Host, request: string) {
    this.name = name
    this.host = host
    this.#request = request
  }

  /** What can be done to any host; `restarted`: what has to be done when it has. */
  powers(restarted: () => Promise<void>): Powers {
    const { host, name } = this
    return {
      killSession: async () => (await host.exec('systemctl', 'kill', '--signal=KILL', `slipway-session.${name}.service`)).code === 0,
      freeze: () => host.freeze(),
      thaw: () => host.thaw(),
      restart: async () => {
        await host.restart()
        await restarted()
      },
      cutPower: async () => {
        await host.cutPower()
        await restarted()
      },
      leave: async () => {
        const back = await host.leave()
        return async () => {
          await back()
          await restarted()
        }
      },
    }
  }

  async way(): Promise<Way> {
    const { host, proxy, ...way } = await throughProxy(this.host)
    return { ...way, inputs: { 'hosts': host.line, 'known-hosts': host.knownHosts }, silence: () => { proxy.silence() } }
  }

  /** An older program is there, which a setup brings up to date while users are served; `next`: a deployment by it. */
  setup(repository: Repository, next: Deed['next']): Deed {
    const { host } = this
    return {
      status: 'ready',
      prepare: async () => {
        await host.shell(`echo older >>${program}`)
        return {}
      },
      start: async ({ inputs, ...options }) => startAction('setup-vm', {
        workspace: repository.path, timeout: 600_000, ...options, inputs: { ...reach(host), ...await mirror(), ...inputs },
      }),
      next: async () => {
        succeeded(await setUp(host, repository))
        return next()
      },
    }
  }

  /** Resolves when a shell condition holds there. */
  async until(condition: string): Promise<void> {
    await this.host.shell(`end=$(($(date +%s) + ${patience})); until { ${condition}; } >/dev/null 2>&1; do [ $(date +%s) -lt $end ] || { echo 'never: ${condition.replaceAll('\'', '')}' >&2; exit 1; }; sleep 0.05; done`)
  }

  async settled(mayLeave?: 'what is in hand'): Promise<void> {
    const done = mayLeave === undefined ? ` && [ ! -e /opt/${this.name}/run/intent.json ]` : ''
    const session = `slipway-session.${this.name}.service`
    try {
      // A setup whose runner has given it up goes on to its end.
      await this.until(`[ -z "$(systemctl list-units --all --no-legend ${session})" ] && ! pgrep -f 'slipway-[s]etup[.]'${done}`)
    } catch (thrown) {
      const said = await this.host.shell(`cat /opt/${this.name}/run/intent.json 2>/dev/null || true; journalctl --no-pager --unit=${session} --since=-${patience + 60}s | tail -n 60`)
      throw new Error(`it does not settle: ${said}`, { cause: thrown })
    }
  }

  answers(): Promise<void> {
    return this.until(`curl --silent --fail --max-time 5 ${this.#request}`)
  }

  async untold(): Promise<readonly string[]> {
    return JSON.parse(await this.host.shell(`cat /opt/${this.name}/run/settled.json 2>/dev/null || echo '[]'`)) as string[]
  }

  /** What should not be there while an activation serves and nobody deploys; `secrets`: what only its own files may hold. */
  async leftovers(serving: number | null, secrets: readonly string[], more = ''): Promise<readonly string[]> {
    const words = secrets.map((secret) => `-e '${secret}'`).join(' ')
    const script = leftovers.replaceAll('APP', this.name).replaceAll('SERVING', String(serving ?? 'none')).replaceAll('SECRETS', words).replaceAll('MORE', () => more)
    return (await this.host.shell(script)).split('\n').filter((line) => line !== '')
  }
}

/** A line each. Commands that find nothing fail, which says nothing. What containers are given Docker keeps for them, for root alone. */
const leftovers = `
app=APP; n=SERVING
others() { grep -F ".$app." | grep -vF ".$app.$n." || true; }
{
  ls /etc/systemd/system /etc/systemd/system/*.wants /etc/supervisor/conf.d 2>/dev/null | grep '^slipway[-_]' | others
  systemctl list-units --all --no-legend --plain 'slipway-*' | others
  systemctl list-units --all --no-legend --plain --state=failed 'slipway*'
  grep -hoE 'slipway[^/]*' /proc/[0-9]*/cgroup 2>/dev/null | sort -u | others
  ls /opt/$app/run | grep -vxE "$n|current.sock|settled.json"
  ls -A /opt/$app/incoming
  for folder in /opt/$app/releases/*; do [ ! -e "$folder" ] || [ -e "$folder/release.json" ] || echo "unsealed: $folder"; done
  grep -l "^$app " /var/lib/slipway/ports/* 2>/dev/null | while read -r port; do grep -q "^$app $n " $port || echo "$port: $(cat $port)"; done
  pgrep -a -u build-$app
  ls -d /run/slipway-$app.* /run/slipway-setup.* 2>/dev/null | grep -v '[.]lock$'
  ls -d /tmp/* /var/tmp/* /dev/shm/* 2>/dev/null | grep -i slipway | others
  ls -d /tmp/slipway* /var/tmp/slipway* /dev/shm/slipway* /root/.slipway* 2>/dev/null
  ss -xlH | grep -oE "/opt/$app/[^ ]+" | grep -v "^/opt/$app/run/$n/"
  [ -z "SECRETS" ] || grep -rlaF SECRETS /opt /etc /run /var/lib/slipway /var/cache/slipway /var/tmp /tmp 2>/dev/null | grep -v -e "^/opt/$app/run/$n/" -e '^/run/containerd/'
  MORE
} || true`
