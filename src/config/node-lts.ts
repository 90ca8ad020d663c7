/**
 * The lines of Node with long-term support, by codename, the newest first. A test holds them to be lines that setup-vm pins
 * (src/targets/host/setup/tools.json), so that `node@lts` is one and the same in a release and on its hosts.
 */
export const NODE_LTS: Readonly<Record<string, string>> = { krypton: '24', jod: '22' }

/** `24` for `lts` and `lts/*`, `22` for `lts/jod`; undefined for what is no such word, or of a line that is not brought. */
export function ltsMajor(written: string): string | undefined {
  const [, name] = /^lts(?:\/([a-z*]+))?$/i.exec(written) ?? [undefined, null]
  if (name === null) return undefined
  return name === undefined || name === '*' ? Object.values(NODE_LTS)[0] : NODE_LTS[name.toLowerCase()]
}
