import fc from 'fast-check'
import { Failure } from '../../../src/errors'
import { evidenceGroup, createLog } from '../../../src/report/console'
import { shown } from '../../../src/report/foreign'
import { advice, codeOf, details, fenced, prose, table } from '../../../src/report/markdown'
import { Redactor } from '../../../src/report/redact'
import { judgeLine } from '../judge'
import { claim, surfaceOf } from '../surface'
import { text } from '../texts'

const secret = 'correct-horse "battery" \\staple'

/** What others write that gets into the log, the summary and the report: evidence, names, words of failures. */
export const surface = surfaceOf({
  refusesNothing: true,
  inputs: fc.record({ one: text, two: text, three: text, held: fc.boolean() }),
  attempt({ one, two, three, held }) {
    const redactor = new Redactor([secret, three])
    const given = held ? `${one}${secret}${two}` : `${one}${two}`
    const lines: string[] = []
    const log = createLog((line) => lines.push(line), redactor)
    log.row('note', one, given)
    log.event({ type: 'note', level: 'warning', target: two, text: given, at: 0 } as never)
    log.event({ type: 'progress', target: one, text: given, at: 0 } as never)
    log.event({ type: 'wave', number: 1, of: 2, targets: [one, given], at: 0 } as never)
    for (const line of lines) judgeLine(line, /^::warning /)
    judgeEvidence(evidenceGroup(one, { source: two, text: given }, redactor))
    const failure = new Failure({ code: 'x', what: given, why: one, cure: two || 'x' })
    for (const markdown of [prose(given, redactor), codeOf(given, redactor), advice(failure, '', redactor), details(one, fenced(shown(given, redactor, { lines: 10, bytes: 4096 }).text)), table(['a'], [[prose(given, redactor)]])]) {
      claim(!markdown.includes(secret), 'a secret is shown:', markdown)
      claim(!/<script|<img/i.test(markdown.replace(/(`{3,})text\n[^]*?\n\1/g, '').replace(/`[^`]*`/g, '')), 'Markdown holds HTML of others:', markdown)
    }
    claim(!lines.join('\n').includes(secret) && !redactor.redact(given).includes(secret), 'a secret is shown:', lines)
    return undefined
  },
})

/** A group; within it, no command is obeyed until the token that nobody knew. */
function judgeEvidence(printed: readonly string[]): void {
  const [group = '', ...rest] = printed.join('\n').split('\n')
  judgeLine(group, /^::group::/)
  const begin = rest.findIndex((line) => line.startsWith('::stop-commands::'))
  const [, token = ''] = /^::stop-commands::([0-9a-f-]{36})$/.exec(rest[begin] ?? '') ?? []
  claim(token !== '' && begin <= 1, 'evidence begins with commands on:', printed)
  claim(rest.indexOf(`::${token}::`) === rest.length - 2 && rest.at(-1) === '::endgroup::', 'evidence ends before its end:', printed)
}
