/** A PEM envelope with its line breaks put right, whatever became of them on the way through a form or a variable. */
export interface Envelope {
  /** `OPENSSH PRIVATE KEY`, `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` … */
  readonly label: string
  /** `AES-128-CBC,0123…` of an old encrypted PEM; null without. */
  readonly encryption: string | null
  readonly body: Buffer
}

export type EnvelopeProblem = 'none' | 'no-end' | 'not-base64'

// The vector's length follows from the cipher, so this reads even with all line breaks lost.
const ENCRYPTION = /^\s*Proc-Type:\s*4,ENCRYPTED\s*DEK-Info:\s*(AES-\d+-CBC,[0-9A-F]{32}|DES-[A-Z0-9-]*CBC,[0-9A-F]{16})/

const BEGIN = /-----\s*BEGIN ([A-Z0-9 ]+?)\s*-----/

/**
 * Finds the first envelope in a text. Healed, because only one reading is possible: Windows line ends, lines joined by
 * spaces or by a literal `\n`, indentation, quotes around it, no line break at the end.
 */
export function readEnvelope(text: string): Envelope | EnvelopeProblem {
  const begin = BEGIN.exec(text)
  const label = begin?.[1]
  if (begin === null || label === undefined) return 'none'
  const rest = text.slice(begin.index + begin[0].length)
  const end = rest.search(new RegExp(`-----\\s*END ${label}\\s*-----`))
  if (end === -1) return 'no-end'
  const inside = rest.slice(0, end).replaceAll(/\\r|\\n/g, '\n')
  const header = ENCRYPTION.exec(inside)
  const encoded = inside.slice(header?.[0].length ?? 0).replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return 'not-base64'
  return { label, encryption: header?.[1] ?? null, body: Buffer.from(encoded, 'base64') }
}

/** The envelope as a well-formed text. */
export function envelopeText(envelope: Envelope): string {
  const lines = envelope.body.toString('base64').match(/.{1,64}/g) ?? []
  const header = envelope.encryption === null ? [] : ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${envelope.encryption}`, '']
  return [`-----BEGIN ${envelope.label}-----`, ...header, ...lines, `-----END ${envelope.label}-----`, ''].join('\n')
}
