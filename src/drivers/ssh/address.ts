import { isIPv6 } from 'node:net'
import { Failure, throwAll } from '../../errors'

export interface HostAddress {
  readonly user: string
  /** A name or an IP address; an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

const USER = /^[a-z_][a-z0-9_.-]{0,31}\$?$/i
const NAME = /^(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*\.?$/i
/** As DNS has it. */
const LONGEST = 253
const IPV6 = /^[0-9a-f:.]+(?:%[a-z0-9_.-]+)?$/i
const SHAPE = 'Write one host a line as user@host or user@host:port, e.g. deploy@203.0.113.7 or deploy@[2001:db8::7]:2222.'

/**
 * Reads the `hosts` input: one `user@host[:port]` a line, `#` comments, IPv6 addresses in brackets.
 * Throws all that is wrong at once; an empty list is an error too.
 */
export function parseHosts(text: string, inputName = 'hosts'): HostAddress[] {
  const failures: Failure[] = []
  const seen = new Map<string, number>()
  const addresses: HostAddress[] = []
  text.split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, '').trim()
    if (line === '') return
    const number = index + 1
    const address = parseAddress(line)
    if (typeof address === 'string') {
      failures.push(malformed(inputName, number, line, address))
      return
    }
    const key = `${address.host.toLowerCase()} ${address.port}`
    const first = seen.get(key)
    if (first !== undefined) {
      failures.push(duplicate(inputName, number, first, address))
      return
    }
    seen.set(key, number)
    addresses.push(address)
  })
  if (addresses.length === 0 && failures.length === 0) failures.push(empty(inputName))
  throwAll(failures)
  return addresses
}

/** `deploy@203.0.113.7`, with the port when it is not 22. */
export function addressText(address: HostAddress): string {
  return `${address.user}@${hostText(address)}`
}

/** `203.0.113.7`, `[2001:db8::7]:2222`. */
export function hostText(address: HostAddress): string {
  if (address.port === 22) return address.host
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}

/** The address, or why it is none. */
function parseAddress(line: string): HostAddress | string {
  if (/\s|,|;/.test(line)) return 'it holds more than one host, or a space'
  if (line.includes('://')) return 'it is a URL'
  const at = line.lastIndexOf('@')
  if (at === -1) return 'it names no user'
  const user = line.slice(0, at)
  if (user === '') return 'the user is empty'
  if (user.includes(':')) return 'it holds a password, which is not supported: use a key'
  if (!USER.test(user)) return `'${user}' is not a user name`
  return parseHostAndPort(user, line.slice(at + 1))
}

function parseHostAndPort(user: string, rest: string): HostAddress | string {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(rest)
  if (bracketed !== null) {
    const host = bracketed[1] ?? ''
    if (!IPV6.test(host) || !isIPv6(host)) return `'${host}' is not an IPv6 address`
    return withPort(user, host, bracketed[2])
  }
  if (rest.split(':').length > 2) {
    return IPV6.test(rest) ? 'an IPv6 address needs brackets' : 'it has more than one port'
  }
  const [host = '', port] = rest.split(':')
  if (host === '') return 'the host is empty'
  if (!NAME.test(host)) return `'${host}' is neither a host name nor an address`
  if (host.length > LONGEST) return `a host name has at most ${LONGEST} characters`
  if (/^[0-9.]+$/.test(host) && !isIPv4(host)) return `'${host}' is not an IPv4 address`
  return withPort(user, host, port)
}

function withPort(user: string, host: string, port: string | undefined): HostAddress | string {
  if (port === undefined) return { user, host, port: 22 }
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0
  if (number < 1 || number > 65535) return `'${port}' is not a port (1 to 65535)`
  return { user, host, port: number }
}

function isIPv4(host: string): boolean {
  const parts = host.split('.')
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255)
}

function malformed(inputName: string, line: number, text: string, reason: string): Failure {
  const shown = reason.includes('password') ? text.replace(/:.*@/, ':***@') : text
  return new Failure({
    code: 'host-malformed',
    what: `Line ${line} of '${inputName}' is not a host: '${shown}': ${reason}.`,
    cure: SHAPE,
  })
}

function duplicate(inputName: string, line: number, first: number, address: HostAddress): Failure {
  return new Failure({
    code: 'host-duplicate',
    what: `Line ${line} of '${inputName}' names ${hostText(address)} again; it is on line ${first} already.`,
    cure: `Remove line ${line}.`,
  })
}

function empty(inputName: string): Failure {
  return new Failure({ code: 'host-missing', what: `'${inputName}' names no host.`, cure: SHAPE })
}
