// The log as the runner shows it: masks are learnt from `::add-mask::`, which is itself not shown.
import { createInterface } from 'node:readline'

const unescape = (data) => data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')

export class Masked {
  #masks = new Set()

  hide(text) {
    // The longest first, or a part of a mask could leave the rest of it standing.
    const longestFirst = [...this.#masks].sort((a, b) => b.length - a.length)
    return longestFirst.reduce((hidden, mask) => hidden.replaceAll(mask, '***'), text)
  }

  /** Prints what comes, line by line. */
  follow(stream, out) {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
      const [, mask] = /^::add-mask::(.+)$/.exec(line) ?? []
      if (mask === undefined) out.write(`${this.hide(line)}\n`)
      else this.#masks.add(unescape(mask))
    })
  }
}
