import type { Host } from './hosts'

// Each file of tests loads this anew, so these are its own.
const rested = new Set<string>()

/**
 * Ends, once for each file of tests, what apps of earlier ones have running on a shared host, now and with the host: nobody asks
 * them any more, and a host that restarts would start them all.
 */
export async function restEarlierApps(host: Host): Promise<void> {
  if (rested.has(host.name)) return
  rested.add(host.name)
  await host.shell(`cd /etc/systemd/system
    units=$(ls -d slipway-app.* slipway-router.* slipway-circus.* 2>/dev/null || true)
    [ -z "$units" ] || systemctl disable --quiet --now $units 2>/dev/null || true
    if ls /etc/supervisor/conf.d/slipway-app.* >/dev/null 2>&1; then
      rm -f /etc/supervisor/conf.d/slipway-app.*
      supervisorctl update >/dev/null
    fi`)
}
