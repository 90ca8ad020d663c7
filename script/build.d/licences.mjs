// The licences of what is bundled, each text once: packages share a handful of them, and differ in whose they are.

/** `text`: as ncc writes it, for each package its name, the licence's short name, and the text, with an empty line between packages. */
export function onceEach(text) {
  const groups = new Map()
  for (const { name, licence, body } of packages(text)) {
    const lines = body.split('\n').map((line) => line.trim())
    const owners = lines.filter((line) => /^(copyright\b|\(c\))/i.test(line) && /\d{4}|\(c\)/i.test(line))
    const words = lines.filter((line) => !owners.includes(line)).join('\n').replace(/\n{3,}/g, '\n\n').trim()
    // How a text is broken into lines makes no other licence of it, and neither does its title.
    const key = `${licence} ${words.replace(/\s+/g, ' ').replace(/^(the )?(mit|isc) license( \(mit\))?\s*/i, '').toLowerCase()}`
    const group = groups.get(key) ?? { licence, words, packages: [] }
    group.packages.push({ name, owners })
    groups.set(key, group)
  }
  return [...groups.values()].map(({ licence, words, packages: of }) =>
    `${of.map(({ name, owners }) => [name, ...owners.map((owner) => `  ${owner}`)].join('\n')).join('\n')}\n${licence}\n\n${words}\n`).join(`\n${'-'.repeat(80)}\n\n`)
}

function packages(text) {
  const start = /(?:^|\n\n)((?:@[\w.-]+\/)?[\w.-]+)\n((?:MIT|ISC|Apache-2\.0|BSD-\d-Clause|0BSD|Unlicense|BlueOak-1\.0\.0)[^\n]*)\n/g
  const found = [...text.matchAll(start)]
  if (text.trim() !== '' && found[0]?.index !== 0) throw new Error(`licences begin with something else than a package: ${text.slice(0, 80)}`)
  return found.map((match, index) => ({
    name: match[1], licence: match[2], body: text.slice(match.index + match[0].length, found[index + 1]?.index ?? text.length),
  }))
}
