import type { Host } from './hosts'

/** Files on the host that hold any of some texts, whoever's; what is in memory only, and the journal, too. */
export async function holding(host: Host, ...texts: readonly string[]): Promise<string[]> {
  const places = '/opt /etc /run /var/lib /var/log /var/cache /var/tmp /tmp /home /root /usr/local /dev/shm'
  const wanted = texts.map((text) => `-e '${text.replaceAll('\'', '\'\\\'\'')}'`).join(' ')
  const files = await host.shell(`grep -rlaF ${wanted} ${places} 2>/dev/null | sort || true`)
  const journal = await host.shell(`journalctl --no-pager -a -o cat | grep -caF ${wanted} || true`)
  return [...files.split('\n').filter(Boolean), ...(journal === '0' ? [] : [`${journal} lines of the journal`])]
}
