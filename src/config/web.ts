import { bad, text, type Format } from './format'
import { shown } from './tree'

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const DOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`)
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/** The front finds an app by a socket named after its domain, and the path of a socket has 108 bytes at most. */
const LONGEST = 70

const hostName: Format<string> = text({
  says: 'a host name', example: 'shop.example.com', pattern: DOMAIN, longest: 253,
  check(name) {
    const bare = bareHost(name)
    const write = DOMAIN.test(bare) ? `Write \`${bare}\`.` : undefined
    const said = shown(name)
    if (['default', 'localhost', 'none'].includes(name)) {
      return bad(`is ${said}, a name that hosts use themselves`, 'Leave `domain` out: an app without one is served at the host\'s address.')
    }
    if (SCHEME.test(name)) return bad(`has a scheme: ${said}`, write, 'TLS follows from the domain, paths are `route`s.')
    if (isAddress(name)) {
      return bad(`is the address ${said}`, 'Leave `domain` out: an app without one is served at the host\'s address.')
    }
    if (/:\d*$/.test(name)) return bad(`has a port: ${said}`, write, 'Users come in on 80 and 443.')
    if (/[/?#]/.test(name)) return bad(`has a path: ${said}`, write, 'Paths belong to services, as `route`.')
    if (name.startsWith('*.')) return bad(`is a wildcard: ${said}`, `Write one name: \`www${name.slice(1)}\`.`)
    if (/[^\u0000-\u007f]/.test(name)) return bad(`has letters outside ASCII: ${said}`, punycode(name), 'DNS has punycode.')
    if (name.endsWith('.')) return bad(`ends with a dot: ${said}`, write)
    if (name !== name.toLowerCase()) return bad(`has capital letters: ${said}`, write)
    const strange = [...new Set(name.match(/[^a-z0-9.-]/g) ?? [])]
    if (strange.length > 0) {
      return bad(`has ${strange.map((character) => `\`${character}\``).join(' and ')}: ${said}`, corrected(name),
        'Host names have letters, digits, hyphens and dots only.')
    }
    if (name.length > LONGEST) {
      return bad(`has ${name.length} characters, and ${LONGEST} is the most`, 'Take a shorter name, such as one with fewer labels.',
        'A socket on the host is named after the domain, and its path must stay under 108 bytes.')
    }
    return undefined
  }
})

/** A host name as RFC 1123 has it, in lower case. */
export const domain: Format<string> = { ...hostName, json: { ...hostName.json, maxLength: LONGEST } }

/** The same, or `*.example.com` for all names one label below it. */
export const anyDomain: Format<string> = {
  ...domain,
  json: { ...domain.json, pattern: `^(\\*\\.${LABEL}\\.)?${LABEL}(\\.${LABEL})*$` },
  read(scalar) {
    if (typeof scalar.value !== 'string' || !/^\*\.[^.]+\./.test(scalar.value)) return domain.read(scalar)
    const parent = scalar.value.slice(2)
    const reading = domain.read({ ...scalar, text: parent, value: parent })
    return 'value' in reading ? { value: `*.${reading.value}` } : reading
  }
}

/** What was probably meant, when that can be told. */
function corrected(name: string): string | undefined {
  const meant = name.replaceAll(/[,;]/g, '.').replaceAll('_', '-').replaceAll(/\s/g, '').replaceAll(/[^a-z0-9.-]/g, '')
  return DOMAIN.test(meant) ? `Write \`${meant}\`.` : undefined
}

/** What is left of a URL without scheme, user, port, path and last dot, in lower case. */
function bareHost(name: string): string {
  const host = name.replace(SCHEME, '').replace(/[/?#].*$/, '').replace(/^[^@]*@/, '')
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}

/** IPv4; IPv6 has two colons at least, a name with a port has one. */
const isAddress = (name: string): boolean =>
  /^[0-9.]+(:\d+)?$/.test(name) || /^\[?[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*\]?$/i.test(name)

function punycode(name: string): string | undefined {
  try {
    const { hostname } = new URL(`http://${name}/`)
    return DOMAIN.test(hostname) ? `Write \`${hostname}\`.` : undefined
  } catch {
    return undefined
  }
}

const ROUTE = /^\/((?!\.{1,2}\/)[A-Za-z0-9._~-]+\/)*((?!\.{1,2}$)[A-Za-z0-9._~-]+)?$/

/** A prefix of paths in normal form: no empty part, no `.` or `..`. `/js` and `/js/` both take `/js/…`; see `sameRoute`. */
export const route: Format<string> = text({
  says: 'a path prefix', example: '/api/', pattern: ROUTE, longest: 200,
  check(path) {
    const said = shown(path)
    if (SCHEME.test(path)) return bad(`has a scheme and a host: ${said}`, 'Write the path alone; the host belongs in `domain`.')
    if (!path.startsWith('/')) {
      return bad(`does not begin with a slash: ${said}`, ROUTE.test(`/${path}`) ? `Write \`/${path}\`.` : undefined)
    }
    if (/[*?[\](){}^$\\]/.test(path)) return bad(`is a pattern: ${said}`, 'Write the prefix alone: `/api/` takes all below it.')
    if (!/^[A-Za-z0-9._~/-]*$/.test(path)) {
      return bad(`has characters that no route has: ${said}`, 'Use letters, digits, `. _ ~ -` and slashes.',
        'A route becomes part of the router\'s configuration.')
    }
    return ROUTE.test(path) ? undefined : bad(`is not in normal form: ${said}`, 'Leave out `//`, `/./` and `/../`.')
  }
})

/** What makes two routes the same: the prefix without its last slash. */
export const sameRoute = (path: string): string => path.replace(/\/$/, '')

/** A path to ask for, with a query if need be. */
export const healthPath: Format<string> = text({
  says: 'a path', example: '/healthz', pattern: /^\/[A-Za-z0-9._~/%?&=+:@,-]*$/, longest: 500,
  check(path) {
    const said = shown(path)
    if (SCHEME.test(path)) return bad(`is a URL: ${said}`, 'Write the path alone: `/healthz`; the service itself is asked.')
    if (!path.startsWith('/')) return bad(`does not begin with a slash: ${said}`)
    return /\s/.test(path) ? bad(`has a space: ${said}`, 'Write `%20`; a command does not begin with a slash.') : undefined
  }
})
