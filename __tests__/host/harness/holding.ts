import type { Host } from './hosts'

/** Files on the host that hold a text, whoever's; what is in memory only, and the journal, too. */
export async function holding(host: Host, text: string): Promise<string[]> {
  const places = '/opt /etc /run /var/lib /var/log /var/cache /var/tmp /tmp /home /root /usr/local /dev/shm'
  const quoted = `'${text.replaceAll('\'', '\'\\\'\'')}'`
  const files = await host.shell(`grep -rlaF -e ${quoted} ${places} 2>/dev/null | sort || true`)
  const journal = await host.shell(`journalctl --no-pager -a -o cat | grep -caF -e ${quoted} || true`)
  return [...files.split('\n').filter(Boolean), ...(journal === '0' ? [] : [`${journal} lines of the journal`])]
}
