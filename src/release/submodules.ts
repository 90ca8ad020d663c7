/** The names of submodules by their path, from the text of a .gitmodules. Where a name is not its path, a path was moved. */
export function submoduleNames(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  let name: string | null = null
  for (const line of text.split(/\r?\n/)) {
    const [, section] = /^\s*\[submodule "((?:[^"\\]|\\.)*)"\]\s*(?:[#;].*)?$/.exec(line) ?? []
    if (section !== undefined) {
      name = unescaped(section)
      continue
    }
    if (/^\s*\[/.test(line)) name = null
    const [, value] = /^\s*path\s*=\s*(.*?)\s*$/i.exec(line) ?? []
    if (value !== undefined && name !== null) names.set(unescaped(value.replace(/^"(.*)"$/, '$1')), name)
  }
  return names
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}
