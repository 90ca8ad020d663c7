import fc from 'fast-check'
import { knownHostsName, namesMatch } from '../../../src/drivers/ssh/host-name-match'
import { hostKeyAlgorithms, judgeHostKey } from '../../../src/drivers/ssh/host-key'
import { parseKnownHosts } from '../../../src/drivers/ssh'
import { claim, surfaceOf } from '../surface'
import { mutated, text } from '../texts'

const ed25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIJvhWQ3uT9zNSXW1cHcDkYPvXH9Jb1UZdEXWq3kZ9k1d'
const [known, foreign] = [Buffer.from(ed25519, 'base64'), Buffer.from(other, 'base64')]
const pattern = fc.array(fc.constantFrom('*', '?', 'a', '.', '!', ',', 'example.com', '[a]:22', '\\', '(', '[', '+'), { minLength: 1, maxLength: 40 }).map((parts) => parts.join(''))
// Each star may stand for anything: whoever tries all ways never ends.
const stars = fc.tuple(fc.constantFrom('*a', '*?', '*aa', '?*'), fc.integer({ min: 5, max: 60 }), fc.constantFrom('', 'b', '*')).map(([piece, times, end]) => piece.repeat(times) + end)
const line = fc.tuple(
  fc.constantFrom('', '', '', '', '', '@revoked ', '@cert-authority ', '@x '),
  fc.oneof(fc.constantFrom('203.0.113.7', 'a', '[a]:2222', '*', '!a,*', '|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg='), pattern, stars, text),
  fc.oneof({ weight: 9, arbitrary: fc.constant('ssh-ed25519') }, { weight: 1, arbitrary: text }), fc.oneof({ weight: 9, arbitrary: fc.constantFrom(ed25519, ed25519, other, ed25519.slice(0, 40)) }, { weight: 1, arbitrary: text }))
  .map(([marker, names, type, key]) => `${marker}${names} ${type} ${key}`)

/** The input `known-hosts`, and what of it speaks for a host that shows a key. */
export const surface = surfaceOf({
  inputs: fc.record({
    lines: fc.oneof(fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n')), text,
      mutated([`203.0.113.7 ssh-ed25519 ${ed25519}\n@revoked * ssh-ed25519 ${other}\n# home\n`])),
    host: fc.oneof(fc.constantFrom('a', 'example.com', '203.0.113.7', 'a'.repeat(200)), text), port: fc.constantFrom(22, 2222),
  }),
  attempt({ lines, host, port }) {
    const entries = parseKnownHosts(lines)
    const name = knownHostsName(host, port)
    for (const shown of [known, foreign]) {
      const { kind } = judgeHostKey(entries, host, port, shown)
      const speaking = entries.filter(({ names }) => namesMatch(names, name))
      if (kind === 'known') claim(speaking.some(({ marker, blob }) => marker === null && blob.equals(shown)) && !speaking.some(({ marker, blob }) => marker === 'revoked' && blob.equals(shown)), 'a key passed that no line has')
    }
    hostKeyAlgorithms(entries, host, port)
    return undefined
  },
})
