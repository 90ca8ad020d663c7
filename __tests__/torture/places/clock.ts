import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../../host/harness/command'
import type { Host } from '../../host/harness/hosts'
import type { Obstacle } from '../place'

/** Seconds that a clock is wrong by. */
const ahead = 3_600

/** Gives a host a clock that can be wrong, which all its programs go by from its next start on; it restarts. */
export async function ownClock(host: Host): Promise<void> {
  const library = await must(join(root, 'rig/host/clock'), [], { timeout: 300_000 })
  await host.shell(`base64 -d >/usr/local/lib/clock.so; head -c 8 /dev/zero >/etc/clock-ahead; echo /usr/local/lib/clock.so >/etc/ld.so.preload`,
    { input: readFileSync(library).toString('base64') })
  await host.restart()
}

/** Takes it away again; programs that run still have it. */
export const anyClock = async (host: Host): Promise<void> => void (await host.shell('rm -f /etc/ld.so.preload'))

/** It is an hour ahead, and then right again. */
export const wrongClock = (host: Host): Obstacle => async () => {
  const set = (seconds: number): Promise<string> => host.shell(`python3 -c 'import struct; open("/etc/clock-ahead", "r+b", 0).write(struct.pack("<q", ${seconds}))'`)
  await set(ahead)
  return async () => void (await set(0))
}
