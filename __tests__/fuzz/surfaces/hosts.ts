import { isIPv6 } from 'node:net'
import fc, { type Arbitrary } from 'fast-check'
import { addressText, parseHosts } from '../../../src/drivers/ssh'
import { claim, surfaceOf } from '../surface'
import { mutated, text } from '../texts'

const near = (...usual: readonly string[]): Arbitrary<string> => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: text })
const line = fc.tuple(
  near('deploy', 'root', '_a', 'A.b-c$', 'deploy:secret'), fc.constantFrom('@', '@', '@', '@', '@', '@', '', '@@', ' @ '),
  near('203.0.113.7', 'example.com', '[2001:db8::7]', '[fe80::1%eth0]', '256.1.1.1', '2001:db8::7', 'a.b.', '-a'),
  near('', '', ':22', ':2222', ':0', ':65536', ':', ' # home')).map((parts) => parts.join(''))

/** The inputs `hosts` and `bastion`. */
export const surface = surfaceOf({
  inputs: fc.oneof(
    fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n')), text,
    mutated(['deploy@203.0.113.7\n# second\ndeploy@[2001:db8::7]:2222 # here\n', 'root@example.com:22\r\nroot@example.org'])),
  attempt(input) {
    for (const address of parseHosts(input)) {
      const { user, host, port } = address
      claim(/^[A-Za-z_]/.test(user) && !/[\s@:/;$`'"\\-]/.test(user[0]!) && !/[\s@:/;`'"\\]/.test(user), 'a user was taken:', user)
      claim(!/^-|[^A-Za-z0-9_.:%-]/.test(host) && host.length <= 253 && (!host.includes(':') || isIPv6(host)), 'a host was taken:', host)
      claim(Number.isInteger(port) && port >= 1 && port <= 65_535, 'a port was taken:', port)
      claim(JSON.stringify(parseHosts(bracketed(address))) === JSON.stringify([address]), 'an address is not read as it is written:', addressText(address))
    }
    return undefined
  },
})

/** `hostText` leaves the brackets out where there is no port. */
function bracketed({ user, host, port }: { user: string; host: string; port: number }): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`
}
