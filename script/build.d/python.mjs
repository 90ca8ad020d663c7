// Python as hosts get it: without what is for people who read the source, and line by line where it was, so that the stack of a bug leads there.

const string = /^(?:[rRbBfFuU]{0,2})("""|'''|"|')/

/** Lines that are only a comment are empty, and what documents a module, a class or a function is `''`. */
export function withoutWords(text) {
  let out = ''
  let depth = 0
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at, at + 5)
    const alone = /(^|\n)[ \t]*$/.test(out.slice(out.lastIndexOf('\n') < 0 ? 0 : out.lastIndexOf('\n')))
    const [opening, quote] = string.exec(rest) ?? []
    if (rest.startsWith('#')) {
      const end = text.indexOf('\n', at)
      const until = end < 0 ? text.length : end
      // What comes first says which interpreter runs it.
      if (!alone || at === 0) out += text.slice(at, until)
      else out = out.replace(/[ \t]*$/, '')
      at = until
    } else if (opening !== undefined && !(/^\w/.test(opening) && /\w$/.test(out))) {
      const end = endOf(text, at + opening.length, quote)
      const whole = text.slice(at, end)
      const documents = alone && depth === 0 && !/\\\n[ \t]*$/.test(out) && opening === '"""' && /^[ \t]*(\n|$)/.test(text.slice(end, end + 200))
      out += documents ? `''${'\n'.repeat(whole.split('\n').length - 1)}` : whole
      at = end
    } else {
      if ('([{'.includes(text[at])) depth++
      if (')]}'.includes(text[at])) depth--
      out += text[at]
      at++
    }
  }
  return out
}

function endOf(text, from, quote) {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text.startsWith(quote, at)) return at + quote.length
  }
  throw new Error('a string of Python does not end')
}
