import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { Redactor } from '../../../src/report/redact'
import { reportJson } from '../../../src/report/report-json'
import { fault, Fleet } from '../rollout/fleet'
import { outcome, reverted, target } from './outcomes'

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
const validate = ajv.compile(JSON.parse(readFileSync(new URL('../../../docs/report.schema.json', import.meta.url), 'utf8')) as object)
const none = new Redactor()

function problems(json: string): unknown {
  return validate(JSON.parse(json)) ? [] : validate.errors
}

describe('the report output', () => {
  it.each([['deployed', outcome()], ['reverted', reverted()]])('keeps to its schema: %s', (_, end) => {
    expect(problems(reportJson(end, none))).toEqual([])
  })

  it.each([
    ['deploy', {}], ['rollback', { operation: 'rollback' as const }], ['restart', { operation: 'restart' as const }],
    ['status', { operation: 'status' as const }], ['dry run', { dryRun: true }],
    ['absent', { policy: { absent: 1 } }], ['split', { policy: { failures: 1 } }], ['failed', { version: 'v7', operation: 'rollback' as const }],
  ])('of the engine keeps to its schema: %s', async (name, change) => {
    const fleet = new Fleet(3)
    if (name === 'absent') fleet.at(1).faults.set('open', fault('host-unreachable'))
    if (name === 'split') fleet.at(1).faults.set('cutOver', fault())
    expect(problems(reportJson(await fleet.roll(change), none))).toEqual([])
  })

  it('keeps to its schema with what else the run has done', () => {
    expect(problems(reportJson(outcome(), none, null, { images: { schema: 1 }, unheard: ['`firewall` did not apply.'] }))).toEqual([])
  })

  it('would not pass with a field missing, unknown or wrong', () => {
    const good = JSON.parse(reportJson(outcome(), none)) as Record<string, unknown>
    const { verdict: _, ...less } = good
    for (const bad of [less, { ...good, more: 1 }, { ...good, schema: 2 }, { ...good, verdict: 'fine' }]) expect(validate(bad)).toBe(false)
  })

  it('is one line, redacted, and bounded', () => {
    const evidence = Array.from({ length: 300 }, (_, index) => ({ source: `log ${index}`, text: `hunter2-hunter2 ${'x'.repeat(70)}\n`.repeat(5000) }))
    const json = reportJson(outcome({ targets: [target({ evidence, settled: ['hunter2-hunter2'] })] }), new Redactor(['hunter2-hunter2']))
    expect(json).not.toMatch(/hunter2|\n/)
    expect(json.length).toBeLessThan(400_000)
    expect(problems(json)).toEqual([])
  })
})
