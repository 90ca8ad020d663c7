import { createHmac, timingSafeEqual } from 'node:crypto'

/** The name under which `known_hosts` has a host: plain at port 22, else `[host]:port`; lower case. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** Does a line with these names speak for this host? A negation that matches takes the whole line out. */
export function namesMatch(names: readonly string[], name: string): boolean {
  let matched = false
  for (const entry of names) {
    if (entry.startsWith('!')) {
      if (patternMatches(entry.slice(1), name)) return false
    } else if (entry.startsWith('|')) {
      matched ||= hashedMatches(entry, name)
    } else {
      matched ||= patternMatches(entry, name)
    }
  }
  return matched
}

/**
 * `*` is any run of characters, `?` any one; nothing else is special. Only the last star is ever tried anew, for what an earlier one took can
 * stay: a regular expression would try all ways for all stars, and not end in our time.
 */
function patternMatches(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase()
  let [at, place, star, taken] = [0, 0, -1, 0]
  while (at < name.length) {
    if (wanted[place] === '*') [star, taken] = [place++, at]
    else if (place < wanted.length && (wanted[place] === '?' || wanted[place] === name[at])) [place, at] = [place + 1, at + 1]
    else if (star === -1) return false
    else [place, at] = [star + 1, ++taken]
  }
  while (wanted[place] === '*') place += 1
  return place === wanted.length
}

function hashedMatches(entry: string, name: string): boolean {
  const [, , salt = '', hash = ''] = entry.split('|')
  const wanted = Buffer.from(hash, 'base64')
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}
