import { isValues, type ChartValues } from '../../config'

/** Keys that say what their value is. */
const SAYS_SECRET = /passw(or)?d|passphrase|pwd$|secret|token|credential|private_?key|api_?key|access_?key|signing_?key|encryption_?key|(^|_)dsn$|connection_?string|webhook/i
/** Of keys that name where a secret is, not what it says. */
const NAMES_ONE = /^existing|pull_?secrets?$|(name|ref|path|file|enabled|type|ttl|expir\w*)$/i

const snake = (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_')

/**
 * Which texts of the input `values` are taken for secrets, and hidden: those under a key that says so, passwords in URLs, private keys, and
 * what looks like made by chance. What is shorter than six characters cannot be hidden without shredding the log. Pure.
 */
export function secretsIn(values: ChartValues): readonly string[] {
  const found = new Set<string>()
  const look = (value: ChartValues[string], told: boolean): void => {
    if (Array.isArray(value)) for (const item of value as readonly ChartValues[string][]) look(item, told)
    else if (isValues(value)) {
      // As an environment has it: the name of what it is stands beside it.
      const named = typeof value['name'] === 'string' && saysSecret(value['name'])
      for (const [key, inner] of Object.entries(value)) look(inner, (told && !NAMES_ONE.test(snake(key))) || saysSecret(key) || (named && key === 'value'))
    } else if (typeof value === 'string' || typeof value === 'number') for (const secret of secretsOf(String(value), told)) if (secret.length >= 6) found.add(secret)
  }
  look(values, false)
  return [...found]
}

/** `rootPassword`, `API_TOKEN`: does a key say that what it has is secret? */
export const saysSecret = (key: string): boolean => SAYS_SECRET.test(snake(key)) && !NAMES_ONE.test(snake(key))

function secretsOf(text: string, told: boolean): readonly string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*?:([^@/\s]+)@/i.exec(text)?.[1]
  if (password !== undefined) return [text, password, decoded(password)]
  return told || /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) || isRandom(text) ? [text] : []
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Twenty characters or more of a key's alphabet with letters of both kinds and digits among them, and no words between signs. Hashes of Git and
 * of images are hex, and versions, hosts and paths have dots and slashes: hiding those would hide what a run is about.
 */
function isRandom(text: string): boolean {
  if (!/^[A-Za-z0-9+/=_-]{20,}$/.test(text)) return false
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && (text.match(/\d/g) ?? []).length >= 2 && !text.split(/[-_/]/).every((part) => /^([A-Za-z][a-z]*|[A-Z]+|\d+)$/.test(part))
}
