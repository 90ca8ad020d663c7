import { Redactor } from '../../../src/report/redact'
import { summary } from '../../../src/report/summary'
import { summaryLimit } from '../../../src/report/summary-limit'
import { setupSummary } from '../../../src/report/setup-summary'
import { entry } from '../history/standing'
import { events, failure, outcome, reverted, target } from './outcomes'

const none = new Redactor()
/** Golden text without the margin it has here. */
const text = (golden: string): string => `${golden.replace(/^ {6}/gm, '').trim()}\n`

describe('the summary', () => {
  it('of a deploy', () => {
    expect(summary(outcome(), events, none)).toBe(text(`
      ## ✅ shop v1.1.0 is serving on 203.0.113.7

      \`v1.0.0\` → \`v1.1.0\` · proven in **1.31 s** · 2.10 s in all · commit \`76312e312e30\` · http://shop.example.com

      ### Proof

      - \`http://shop.example.com/healthz via 127.0.0.1:80\` was asked, and **#2 (v1.1.0)** answered
        - api: 200 from /healthz in \\#2

      ### Timeline

      | step | at | took |  |
      | --- | --- | --- | --- |
      | connect | 0.09 s | 0.25 s |  |
      | inspect | 0.34 s | 0.01 s | v1.0.0 serves as \\#1 |
      | stage | 0.35 s | 0.41 s | v1.1.0 as \\#2 · 3 files, 4.1 kB, environment reused |
      | start | 0.76 s | 0.45 s |  |
      | cut over | 1.21 s | 0.10 s | v1.1.0 as \\#2 |
      | **proven** | 1.31 s |  | \\#2 answered |
      | retire | 1.31 s | 0.78 s | drained 3 connections |

      ### How to go back

      Run this workflow by hand with **operation** \`rollback\` and **version** \`v1.0.0\`, or give the step:

      \`\`\`yaml
      operation: rollback
      version: v1.0.0
      \`\`\`

      Versions that can be returned to: \`v1.0.0\`.

      <sub>1 connection, 9 round trips, 4.1 kB sent, 900 B received</sub>`))
  })

  it('of a failed one has what, why and cure first, then the evidence, then what was undone', () => {
    expect(summary(reverted(), [], none)).toBe(text(`
      ## ❌ shop v1.1.0 was not kept: v1.0.0 is serving on 203.0.113.7 again

      took 2.10 s · commit \`76312e312e30\` · http://shop.example.com

      ### What went wrong

      > **\`api\` exits at start with code 1.**<br>
      > Its journal ends with a Traceback.<br>
      > **What to do:** Mend the import in \`main.py\`, line 3, and deploy again.

      <details><summary>203.0.113.7: api.1: journal</summary>

      \`\`\`text
      Traceback
      ModuleNotFoundError: fastapi
      \`\`\`

      </details>

      ### What was undone

      - 203.0.113.7: back on \`v1.0.0\` (#1); \`v1.1.0\` (#2) was taken down

      <sub>1 connection, 9 round trips, 4.1 kB sent, 900 B received</sub>`))
  })

  it('of a split fleet has a table and what to type', () => {
    const [back] = reverted({ name: 'h2' }).targets
    const written = summary(outcome({
      verdict: 'split', ok: false, serving: null, failures: [{ ...failure, target: 'h2' }],
      targets: [target({ name: 'h1' }), back!, target({ name: 'h3', state: 'failed', servingKnown: false, provenAt: null })],
    }), [], none)
    expect(written).toContain('## ❌ shop is split: v1.1.0 on 1 of 3 targets, v1.0.0 on 1, not known on 1\n')
    expect(written).toContain('> h2: **`api` exits')
    expect(written).toContain([
      '| target | state | before | now | proven at |', '| --- | --- | --- | --- | --- |',
      '| h1 | proven | `v1.0.0` | `v1.1.0` (#2) | 1.31 s |', '| h2 | reverted | `v1.0.0` | `v1.0.0` (#1) | – |',
      '| h3 | failed | `v1.0.0` | not known | – |',
    ].join('\n'))
    expect(written).toContain('- back: run it with `operation: rollback` and `version: v1.0.0`')
    // Not all of them can go back to the same version.
    expect(written).not.toContain('How to go back')
  })

  it.each([
    ['rolled-back', outcome({ verdict: 'rolled-back', version: 'v1.0.0' }), '## ✅ shop v1.0.0 is serving again on 203.0.113.7'],
    ['restarted', outcome({ verdict: 'restarted' }), '## ✅ shop v1.1.0 is serving anew on 203.0.113.7'],
    ['not restarted', { ...reverted(), operation: 'restart' as const, verdict: 'failed' as const },
      '## ❌ shop v1.1.0 was not restarted: v1.0.0 is still serving on 203.0.113.7'],
    ['unchanged', outcome({ verdict: 'unchanged' }), '## ✅ shop v1.1.0 was serving on 203.0.113.7 already: nothing changed'],
    ['not tidied up', outcome({ ok: false }), '## ❌ shop v1.1.0 is serving on 203.0.113.7, but what it replaced could not be retired'],
    ['cancelled', outcome({ verdict: 'cancelled' }), '## ⏹️ Cancelled: v1.1.0 is serving on 203.0.113.7'],
    ['failed early', { ...reverted(), verdict: 'failed' as const }, '## ❌ shop v1.1.0 was not deployed: v1.0.0 is still serving on 203.0.113.7'],
    ['stuck', { ...reverted(), verdict: 'failed' as const, changed: true }, '## ❌ shop v1.1.0 failed on 203.0.113.7 and could not be put back'],
    ['lost', { ...reverted({ servingKnown: false }), verdict: 'failed' as const, changed: true },
      '## ❌ shop v1.1.0 failed on 203.0.113.7, and it is not known what serves there'],
    ['first failed', { ...reverted({ from: null }), previous: null },
      '## ❌ shop v1.1.0 was not kept: nothing is serving on 203.0.113.7, as before'],
    ['mixed before', { ...reverted(), previous: null },
      '## ❌ shop v1.1.0 was not kept: what served before is serving on 203.0.113.7 again'],
    ['absent', outcome({ targets: [target(), target({ state: 'absent' })] }), '## ✅ shop v1.1.0 is serving on 1 of 2 targets'],
  ])('says in a line how it ended: %s', (_, end, line) => {
    expect(summary(end, [], none).split('\n')[0]).toBe(line)
  })

  it.each(['failed', 'reverted', 'unchanged', 'cancelled', 'split', 'planned'] as const)('has no way back where nothing was changed for good: %s', (verdict) => {
    expect(summary(outcome({ verdict }), [], none)).not.toMatch(/How to go back|can be returned to/)
  })

  it('of a status lists what can be returned to, without advice', () => {
    const written = summary(outcome({ operation: 'status', verdict: 'status' }), [], none)
    expect(written).toContain('Versions that can be returned to: `v1.0.0`.')
    expect(written).not.toContain('How to go back')
  })

  it.each([
    ['status', '## ⚠️ shop v1.1.0 is serving on 203.0.113.7; not all of it is well'],
    ['unchanged', '## ⚠️ shop v1.1.0 was serving on 203.0.113.7 already: nothing changed; not all of it is well'],
  ] as const)('says what is not well: %s', (verdict, line) => {
    const written = summary(outcome({ verdict, targets: [target({ unwell: ['mail 1: restarted 12 times'] })] }), [], none)
    expect(written.split('\n')[0]).toBe(line)
    expect(written).toContain('### Not well\n\n- 203.0.113.7: mail 1: restarted 12 times\n')
  })

  it('has the warnings of the log', () => {
    const written = summary(outcome(), [{ type: 'note', target: 'h1', level: 'warning', at: 1, text: 'left out' },
      { type: 'note', target: 'h1', level: 'notice', at: 1, text: 'waiting' }], none)
    expect(written).toContain('### Warnings\n\n- h1: left out\n')
    expect(written).not.toContain('waiting')
  })

  it('of a dry run is its plan', () => {
    const plan = { stage: ['send 3 files'], start: [], cutOver: ['rename current.sock'], after: [], retire: [] }
    const written = summary(outcome({ verdict: 'planned', provenAt: null, targets: [target({ state: 'untouched', proof: null, plan })] }), [], none)
    expect(written).toContain('## 📋 Dry run: shop v1.1.0 would be deployed on 203.0.113.7')
    expect(written).toContain('**stage**\n\n- send 3 files\n\n**cut over**\n\n- rename current.sock')
    expect(written).not.toContain('**start**')
  })

  it('of a status is the history, newest first', () => {
    const written = summary(outcome({
      operation: 'status', verdict: 'status', provenAt: null,
      targets: [target({ proof: null, entries: [entry(1, 'v1.0.0'), entry(2, 'v1.1.0', 'w')], settled: ['#3 of a dead run was taken down'] })],
    }), [], none)
    expect(written).toContain('## ℹ️ shop v1.1.0 is serving on 203.0.113.7')
    expect(written).toMatch(/\| 2 \| `v1.1.0` \| withdrawn .*\n\| 1 \| `v1.0.0` \| retired/)
    expect(written).toContain('- 203.0.113.7: \\#3 of a dead run was taken down')
  })
})

describe('hostile evidence in the summary', () => {
  const hostile = ['::set-output name=a::b', '```', '</details><script>alert(1)</script>', '\u001b[31mred\u001b[0m\u001b[2J', '`````',
    '\u202Egnp.exe'].join('\n')
  const written = summary(reverted({ evidence: [{ source: 'a</summary>```: log', text: hostile }] }), [], none)

  it('cannot end its fence', () => {
    const lines = written.split('\n')
    const begin = lines.indexOf('``````text')
    const end = lines.indexOf('``````')
    expect(begin).toBeGreaterThan(0)
    expect(lines.slice(begin + 1, end)).toEqual([
      '::set-output name=a::b', '```', '</details><script>alert(1)</script>', 'red␛[2J', '`````', '<U+202E>gnp.exe',
    ])
  })
  it('cannot end its label', () => {
    expect(written).toContain('<details><summary>203.0.113.7: a&lt;/summary&gt;```: log</summary>')
  })
  it('cannot break out of sentences and tables', () => {
    const bad = 'x | y <img src=a> **b** [l](http://e.vil) `c|d` $e$ \n# f'
    const told = summary(reverted(), [{ type: 'begin', target: 'h', step: 'stage', at: 1, detail: bad }], none)
    expect(told).toContain('| stage | 0.00 s |  | x \\| y &lt;img src=a&gt; \\*\\*b\\*\\* \\[l\\](http://e.vil) <code>c&#124;d</code> \\$e\\$ \\# f |')
  })
  it('of any size stays within the limit, and what is left out is counted', () => {
    const huge = `${'x'.repeat(99)}\n`.repeat(100_000)
    const many = Array.from({ length: 200 }, (_, index) => ({ source: `log ${index}`, text: huge.slice(-200_000) }))
    const large = summary(reverted({ evidence: [{ source: 'huge', text: huge }, ...many] }), events, none)
    expect(Buffer.byteLength(large)).toBeLessThanOrEqual(summaryLimit)
    expect(large).toContain('*the first 99900 of 100000 lines are left out*')
    expect(large).toMatch(/\*1\d\d more pieces of evidence had no room here; the log has them\.\*/)
    expect(large).toContain('### What was undone')
  })
  it('even absurd outcomes stay within the limit', () => {
    const long = 'y'.repeat(5000)
    const absurd = outcome({
      verdict: 'split', failures: Array.from({ length: 500 }, () => ({ ...failure, what: long, why: long, cure: long })),
      targets: Array.from({ length: 500 }, (_, index) => target({
        name: `h${index}`, settled: [long], plan: { stage: Array.from({ length: 10 }, () => long), start: [], cutOver: [], after: [], retire: [] },
      })),
    })
    expect(Buffer.byteLength(summary(absurd, [], none))).toBeLessThanOrEqual(summaryLimit)
  })
  it('never shows a secret, in none of its places', () => {
    const redactor = new Redactor(['hunter2-hunter2'])
    const leak = 'it was hunter2-hunter2 and aHVudGVyMi1odW50ZXIy'
    const told = summary({ ...reverted({
      name: leak, evidence: [{ source: leak, text: `${leak}\nhunt\u001b[0mer2-hunter2` }], settled: [leak],
      proof: { number: 1, version: 'v1', via: leak, seen: [leak], url: leak },
    }), url: leak, failures: [{ ...failure, what: leak, why: leak, cure: leak }] }, [
      { type: 'begin', target: leak, step: 'stage', at: 1, detail: leak },
    ], redactor)
    expect(told).toContain('it was \\*\\*\\*')
    expect(told).not.toMatch(/hunter2|aHVudGVyMi1/)
  })
})

describe('the summary of a host being prepared', () => {
  const items = [{ name: 'nginx', changed: true, detail: '1.22.1 installed' }, { name: 'uv', changed: false, detail: '0.9.1' }]
  it('is a table', () => {
    expect(setupSummary({ host: '203.0.113.7', dryRun: false, items, failures: [], took: 4100 }, none)).toBe(text(`
      ## ✅ 203.0.113.7 is ready: 1 change

      2 items, \`changed: true\`, took 4.10 s

      | item | state | detail |
      | --- | --- | --- |
      | nginx | **changed** | 1.22.1 installed |
      | uv | as it was | 0.9.1 |`))
  })
  it.each([
    [true, items, [], '## 📋 Dry run: h: 1 change to make'],
    [false, items.slice(1), [], '## ✅ h is ready: nothing to change'],
    [false, items, [failure], '## ❌ h could not be prepared'],
  ])('says in a line how it went (dry run %s)', (dryRun, list, failures, line) => {
    const written = setupSummary({ host: 'h', dryRun, items: list, failures, took: 1 }, none)
    expect(written.split('\n')[0]).toBe(line)
    expect(written).toContain(`\`changed: ${!dryRun && list.length > 1}\``)
    if (failures.length > 0) expect(written).toContain('**What to do:** Mend the import')
  })
})
