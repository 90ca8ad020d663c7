import { Failure } from '../../../src/errors'
import type { Event } from '../../../src/rollout/events'
import { annotations } from '../../../src/report/annotations'
import { createLog } from '../../../src/report/console'
import { Redactor } from '../../../src/report/redact'
import { events, failure, outcome, reverted, target } from './outcomes'

const none = new Redactor()
function logged(list: readonly Event[], redactor = none): string[] {
  const lines: string[] = []
  const log = createLog((line) => lines.push(line), redactor)
  for (const event of list) log.event(event)
  return lines
}

describe('the log', () => {
  it('has a line a step', () => {
    expect(logged(events)).toEqual([
      '  connected   203.0.113.7   0.25 s',
      '  inspected   203.0.113.7   v1.0.0 serves as #1  0.01 s',
      '  staged      203.0.113.7   v1.1.0 as #2  3 files, 4.1 kB, environment reused  0.41 s',
      '  started     203.0.113.7   0.45 s',
      '  cut over    203.0.113.7   v1.1.0 as #2  0.10 s',
      '  proven      203.0.113.7   #2 answered http://shop.example.com/healthz via 127.0.0.1:80  1.31 s',
      '  retired     203.0.113.7   drained 3 connections  0.78 s',
    ])
  })

  it('shows a failure as what, why and cure', () => {
    expect(logged([
      { type: 'begin', target: 'h1', step: 'start', at: 100 },
      { type: 'fail', target: 'h1', step: 'start', at: 600, failure: new Failure({ ...failure, at: { file: 'slipway.yml', line: 3 }, target: 'h1' }) },
    ])).toEqual([
      '  failed      h1            start  0.50 s',
      '  error: slipway.yml:3, h1: `api` exits at start with code 1.',
      '    why:  Its journal ends with a Traceback.',
      '    cure: Mend the import in `main.py`, line 3, and deploy again.',
    ])
  })

  it('folds evidence, with commands off, bounded and visible', () => {
    const lines = logged([{ type: 'output', target: 'h1', at: 1, evidence: {
      source: 'api.1: journal', text: `${'old\n'.repeat(500)}::set-env name=PATH::/x\n\u001b[31m::endgroup::\u001b[2J\n`,
    } }]).join('\n').split('\n')
    expect(lines.slice(0, 2)).toEqual(['::group::h1: api.1: journal', '(the first 402 of 502 lines are left out)'])
    const token = /^::stop-commands::(.+)$/.exec(lines[2] ?? '')?.[1] ?? ''
    expect(token.length).toBeGreaterThan(15)
    expect(lines.slice(-4)).toEqual(['::set-env name=PATH::/x', '::endgroup::␛[2J', `::${token}::`, '::endgroup::'])
    expect(lines).toHaveLength(3 + 100 + 2)
  })

  it('shows progress, notes and waves', () => {
    expect(logged([
      { type: 'wave', at: 1, number: 1, of: 1, targets: ['h1'] }, { type: 'wave', at: 1, number: 2, of: 3, targets: ['h1', 'h2'] },
      { type: 'progress', target: 'h1', at: 2, text: 'sent 12.0 MB\n::error::x' },
      { type: 'note', target: 'h1', at: 3, level: 'notice', text: '#3 was taken down' },
      { type: 'note', target: 'h1', at: 3, level: 'warning', text: 'left out' },
    ])).toEqual([
      'wave 2 of 3: h1, h2', '  …           h1            sent 12.0 MB ::error::x', '  note        h1            #3 was taken down',
      '::warning title=h1::left out',
    ])
  })

  it('makes no more warnings than the runner shows', () => {
    const lines = logged(Array.from({ length: 12 }, () => ({ type: 'note', target: 'h', at: 1, level: 'warning', text: 'w' }) as const))
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(10)
    expect(lines.filter((line) => line.startsWith('  warning'))).toHaveLength(2)
  })

  it('ends with the verdict, after plans and failures', () => {
    const lines: string[] = []
    const log = createLog((line) => lines.push(line), none)
    log.outcome(reverted())
    log.outcome(outcome({ verdict: 'planned', provenAt: null, targets: [target({ plan: { stage: ['send'], start: [], cutOver: [], after: [], retire: [] } })] }))
    log.outcome(outcome())
    expect(lines).toEqual([
      '::error title=app-exits on 203.0.113.7::`api` exits at start with code 1.%0AIts journal ends with a Traceback.%0A' +
        'Mend the import in `main.py`, line 3, and deploy again.',
      '❌ shop v1.1.0 was not kept: v1.0.0 is serving on 203.0.113.7 again (2.10 s)',
      '203.0.113.7: stage', '  - send', '📋 Dry run: shop v1.1.0 would be deployed on 203.0.113.7 (2.10 s)',
      '✅ shop v1.1.0 is serving on 203.0.113.7 (proven in 1.31 s, 2.10 s in all)',
    ])
  })

  it('warns of what is not well', () => {
    const lines: string[] = []
    createLog((line) => lines.push(line), none).outcome(outcome({ verdict: 'unchanged', targets: [target({ unwell: ['mail 1: failed'] })] }))
    expect(lines[0]).toBe('::warning title=not well on 203.0.113.7::mail 1: failed')
    expect(lines[1]).toMatch(/^⚠️ shop v1\.1\.0 was serving .*; not all of it is well/)
  })

  it('never shows a secret', () => {
    const leak = 'x hunter2-hunter2'
    const lines = logged([
      { type: 'end', target: leak, step: 'stage', at: 1, detail: leak }, { type: 'progress', target: leak, at: 2, text: leak },
      { type: 'fail', target: 'h', step: 'start', at: 3, failure: new Failure({ ...failure, what: leak, why: leak, cure: leak, target: leak, at: undefined }) },
      { type: 'output', target: 'h', at: 4, evidence: { source: leak, text: leak } }, { type: 'wave', at: 1, number: 1, of: 2, targets: [leak] },
      { type: 'note', target: leak, at: 3, level: 'warning', text: leak }, { type: 'note', target: leak, at: 3, level: 'notice', text: leak },
    ], new Redactor(['hunter2-hunter2']))
    expect(lines.join('\n')).toContain('***')
    expect(lines.join('\n')).not.toContain('hunter2')
  })
})

describe('annotations', () => {
  it('say file and line', () => {
    expect(annotations([{ ...failure, target: null, at: { file: 'slipway.yml', line: 7, column: 3 } }], none)[0])
      .toMatch(/^::error title=app-exits,file=slipway.yml,line=7,col=3::`api` exits/)
  })
  it('are one for the same failure on several targets', () => {
    const lines = annotations(['h1', 'h2', 'h3', 'h4', 'h5'].map((name) => ({ ...failure, target: name })), none)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^::error title=app-exits on h1%2C h2%2C h3 and 2 more::/)
  })
  it('are ten at most; the others are in the log', () => {
    const lines = annotations(Array.from({ length: 12 }, (_, index) => ({ ...failure, what: `Wrong ${index}.` })), none)
    expect(lines.filter((line) => line.startsWith('::error'))).toHaveLength(10)
    expect(lines.slice(10)).toEqual([
      '2 more, which the runner would not show as annotations:',
      '  error: 203.0.113.7: Wrong 10.', '    why:  Its journal ends with a Traceback.', '    cure: Mend the import in `main.py`, line 3, and deploy again.',
      '  error: 203.0.113.7: Wrong 11.', '    why:  Its journal ends with a Traceback.', '    cure: Mend the import in `main.py`, line 3, and deploy again.',
    ])
  })
})
