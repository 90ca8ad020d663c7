import fc from 'fast-check'
import { reportJson } from '../../../src/report/report-json'
import { Redactor } from '../../../src/report/redact'
import { withinLimit } from '../../../src/report/summary-limit'
import { errorCommand, foreign, groupCommand, noticeCommand, warningCommand } from '../../../src/report/commands'
import { judgeLine } from '../judge'
import { claim, surfaceOf } from '../surface'
import { altered, text } from '../texts'

const outcome = {
  status: 'deployed', ok: true, changed: true, version: '1.4.2', previous: null, serving: '1.4.2', commit: 'a'.repeat(40), url: 'https://shop.example.com', failures: [], waves: [], provenAt: 1, endedAt: 2,
  targets: [{ name: 'deploy@203.0.113.7', status: 'proven', plan: null, unwell: [], proof: { number: 1, version: '1.4.2', via: 'http', seen: [], url: null, outputs: { revision: '3' } }, evidence: [{ source: 'api', text: 'x' }] }],
}

/** What the runner is told: commands with words of others in them, the report, the summary. */
export const surface = surfaceOf({
  refusesNothing: true,
  inputs: fc.record({ outcome: altered([outcome], text), one: text, two: text, line: fc.oneof(fc.nat(), fc.constant(1)) }),
  attempt({ outcome, one, two, line }) {
    for (const command of [errorCommand, warningCommand, noticeCommand]) {
      const said = command(one, { title: two, file: one, line })
      judgeLine(said, /^::(error|warning|notice) /)
      const [, properties = '', data = ''] = /^::\w+ (.*?)::(.*)$/s.exec(said) ?? []
      claim(properties.split(',').length === 3 && !properties.replace(/=/g, '').includes('::'), 'properties of a command are more:', said)
      claim(data.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%') === one, 'a command says something else:', said, one)
    }
    judgeLine(groupCommand(one), /^::group::/)
    const [begin, ...rest] = foreign(one, 'token').split('\n')
    claim(begin === '::stop-commands::token' && rest.at(-1) === '::token::', 'a text is not held:', begin, rest.at(-1))
    if (isOutcome(outcome)) {
      const report = reportJson(outcome as never, new Redactor(['correct-horse']))
      claim(!report.includes('\n') && typeof JSON.parse(report) === 'object', 'a report is several lines:', report)
    }
    claim(Buffer.byteLength(withinLimit(one.repeat(3))) <= 1024 ** 2, 'a summary is endless')
    return undefined
  },
})

/** The report is ours: only its words are others'. */
const isOutcome = (value: unknown): boolean => typeof value === 'object' && value !== null && Array.isArray((value as { targets?: unknown }).targets)
  && (value as { targets: unknown[] }).targets.every((target) => typeof target === 'object' && target !== null && Array.isArray((target as { evidence?: unknown }).evidence)
    && (target as { evidence: unknown[] }).evidence.every((one) => typeof one === 'object' && one !== null && typeof (one as { text?: unknown }).text === 'string'))
