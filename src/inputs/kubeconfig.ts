/** Under these keys a kubeconfig has what nobody may see; all else in it helps whoever reads a log. */
const SECRET = /^(token|password|client-key-data|client-certificate-data|certificate-authority-data|id-token|refresh-token|access-token|client-secret)$/

/** What is secret in a kubeconfig, be it YAML, JSON or base64 of either: all of it when it is none. Loads nothing: it comes before all else. */
export function kubeconfigSecrets(text: string): readonly string[] {
  const decoded = decodedKubeconfig(text)
  const inside = new Set<string>()
  // From the beginning of a word, since beginning anew at each letter of a long one takes the square of its length: a key, a colon,
  // and a text in quotes or up to the end of its line; then what is below it, indented, when it is folded.
  for (const [, key = '', value = '', folded = ''] of decoded.matchAll(/(?<![a-z-])([a-z-]+)["']?\s*:[ \t]*("[^"\n]*"|'[^'\n]*'|[|>][-+]?|[^\s,{}[\]][^\n,}]*)((?:\n[ \t]+[A-Za-z0-9+/=._-]+(?=\s*(?:\n|$)))*)/g)) {
    if (!SECRET.test(key)) continue
    for (const line of [value.trim().replace(/^(["'])(.*)\1$/, '$2').replace(/\s+#.*$/, ''), ...folded.split('\n').map((one) => one.trim())]) {
      if (!/^[|>]?[-+]?$/.test(line)) inside.add(line)
    }
  }
  const isOne = /["']?(clusters|contexts|users)["']?\s*:/.test(decoded)
  return [...decoded === text ? [] : [text.trim()], ...isOne ? inside : text.trim() === '' ? [] : [text]]
}

/** The text itself, or what its base64 stands for. */
export function decodedKubeconfig(text: string): string {
  const packed = text.replace(/\s+/g, '')
  if (packed.length < 32 || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return text
  const decoded = Buffer.from(packed, 'base64').toString('utf8')
  return /["']?(apiVersion|clusters|kind)["']?\s*:/.test(decoded) ? decoded : text
}
