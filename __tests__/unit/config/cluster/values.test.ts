import { mergedValues, readValues, readValuesInput, valueAt, valuesWith, type ChartValues } from '../../../../src/config/cluster/values'
import { Findings } from '../../../../src/config/findings'
import { said } from '../commit'

function read(text: string): ChartValues {
  const findings = new Findings()
  const values = readValues(text, 'values.yaml', findings)
  findings.throw()
  return values!
}

function wrong(text: string): readonly string[] {
  const findings = new Findings()
  readValues(text, 'values.yaml', findings)
  return findings.failures.map(said)
}

describe('a value is what was written', () => {
  it.each([
    ['3', 3], ['0.5', 0.5], ['-7', -7], ['0', 0], ['6180689', 6_180_689], ['9007199254740991', 9_007_199_254_740_991],
    ['1.10', '1.10'], ['1.0', '1.0'], ['08', '08'], ['007', '007'], ['0644', '0644'], ['0x1F', '0x1F'], ['0o17', '0o17'], ['0b11', '0b11'],
    ['1e3', '1e3'], ['1_000', '1_000'], ['+5', '+5'], ['.5', '.5'], ['-0', '-0'], ['.inf', '.inf'], ['-.INF', '-.INF'], ['.nan', '.nan'],
    ['12345678901234567890', '12345678901234567890'], ['0.1000', '0.1000'], ['12:30:45', '12:30:45'], ['2024-01-31', '2024-01-31'], ['2024-01-31T10:00:00Z', '2024-01-31T10:00:00Z'],
    ['true', true], ['False', false], ['null', null], ['~', null], ['', null], ['"null"', 'null'], ['"6180689"', '6180689'], ['\'08\'', '08'],
    ['"no"', 'no'], ['\'on\'', 'on'], ['!!str no', 'no'], ['!!str 5', '5'], ['none', 'none'], ['yes please', 'yes please'],
    ['[1, 1.10, a, null]', [1, '1.10', 'a', null]], ['{ a: { b: 08 } }', { a: { b: '08' } }], ['|\n  a\n  b\n', 'a\nb\n'], ['>-\n  a\n  b\n', 'a b'],
  ])('%j', (written, value) => {
    expect(read(`key: ${written}`)).toEqual({ key: value })
  })

  it('in JSON as in YAML, with tabs', () => {
    expect(read('{\n\t"a": 1.10,\n\t"b": {"c": null, "d": [true, "no\\t"]}, "e": 6180689\n}')).toEqual({ a: '1.10', b: { c: null, d: [true, 'no\t'] }, e: 6_180_689 })
  })

  it('and so are keys, of which none is special', () => {
    expect(JSON.stringify(read('on: 1\ny: 2\n1.10: 3\n08: 4\nnull: 5\n__proto__: { a: 6 }\n"<<": 7')))
      .toBe('{"on":1,"y":2,"1.10":3,"08":4,"null":5,"__proto__":{"a":6},"<<":7}')
  })

  it.each(['', '# nothing\n', '---\n', 'null', '{}'])('of %j, which says nothing, there is none', (text) => expect(read(text)).toEqual({}))

  it('anchors, aliases and merge keys are written out', () => {
    expect(read('base: &base { cpu: 1, memory: 2Gi }\nweb: { <<: *base, cpu: 2 }\njob: { <<: [{ cpu: 3 }, *base] }\nsame: *base'))
      .toEqual({ base: { cpu: 1, memory: '2Gi' }, web: { memory: '2Gi', cpu: 2 }, job: { cpu: 3, memory: '2Gi' }, same: { cpu: 1, memory: '2Gi' } })
  })
})

describe('what is wrong is told with its line, all at once', () => {
  it.each<[string, readonly string[]]>([
    ['a: no\nb: { c: [on, Yes] }\nd: "off"', ['values.yaml:1:4 values-ambiguous-word', 'values.yaml:2:10 values-ambiguous-word', 'values.yaml:2:14 values-ambiguous-word']],
    ['a: 1\nb: 2\na: 3\nb: 4', ['values.yaml:3:1 values-syntax', 'values.yaml:4:1 values-syntax']],
    ['a: 1\n---\na: 2', ['values.yaml:2:1 values-syntax']],
    ['a: !secret x', ['values.yaml:1:4 values-syntax']],
    ['a: !!binary aGk=', ['values.yaml:1:13 values-syntax']],
    ['a: *nowhere\nb: *neither', ['values.yaml:1:4 values-syntax', 'values.yaml:2:4 values-syntax']],
    ['a: 1\n  b: 2', ['values.yaml:1:4 values-syntax']],
    ['a:\n\tb: 1', ['values.yaml:2:1 values-syntax']],
    ['- a\n- b', ['values.yaml:1:1 values-syntax']],
    ['just text', ['values.yaml:1:1 values-syntax']],
    ['? [a]\n: 1', ['values.yaml:1:3 values-syntax']],
    ['a: { <<: 5 }', ['values.yaml:1:10 values-syntax']],
    ['a: &a [*a]', ['values.yaml:1:1 values-syntax']],
    ['a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e]\n', ['values.yaml:1:1 values-syntax']],
    [`a: "${'x'.repeat(1024 * 1024)}"`, ['values.yaml:1:1 values-syntax']],
  ])('%.60j', (text, expected) => {
    expect(wrong(text)).toEqual(expected)
  })

  // Where depends on how deep the parser came.
  it('brackets without an end', () => expect(wrong(`a: ${'['.repeat(20_000)}`)).toEqual([expect.stringMatching(/^values\.yaml:1:\d+ values-syntax$/)]))

  it('and with what to write', () => {
    const findings = new Findings()
    readValues('enabled: NO', 'values.yaml', findings)
    expect(findings.failures[0]).toMatchObject({ what: '`NO` without quotes is false to Helm, and a word to YAML 1.2.', cure: 'Write `false`, or \'NO\' in quotes for the word.' })
  })

  it.each(['a: *s3cr3t-word', 'a: !s3cr3t-word', 'a: &s3cr3t-word &b x', 'a: @s3cr3t-word', 'a: "s3cr3t-word', 'a: [s3cr3t-word', 'a: x\ns3cr3t-word', 'a: {b: "s3cr3t-word"]', 'a: "\\s3cr3t-word"', 'a: "\\U00s3cr3t-word"',
    'a: |s3cr3t-word\n x', 'a: >1s3cr3t-word\n x', 'a: "x" s3cr3t-word', 'a: s3cr3t-word: b', '{"a" "s3cr3t-word"}'])(
    'and never with the value: %j', (text) => {
      const findings = new Findings()
      readValuesInput(text, 'values', findings)
      expect(findings.failures.length).toBeGreaterThan(0)
      expect(findings.failures.map(({ message }) => message).join()).not.toContain('s3cr3t-word')
    })

  it('of an input there is no file to show, so the line is in the sentence', () => {
    const findings = new Findings()
    readValuesInput('a: 1\nb: no\na: 2', 'values', findings)
    expect(findings.failures.map(({ at, what }) => [at, what.slice(0, 33)])).toEqual([
      [undefined, 'Line 2 of the input `values`: `no'], [undefined, 'Line 3 of the input `values`: The'],
    ])
    const whole = new Findings()
    readValuesInput('- a', 'values', whole)
    expect(whole.failures.map(({ what }) => what)).toEqual(['The input `values` is a list, not a mapping.'])
  })
})

describe('values over values', () => {
  it('are merged by key; lists, texts and null are replaced, and null stays', () => {
    expect(mergedValues(
      { a: { x: 1, y: { z: 1 } }, list: [1, 2], gone: { deep: true }, text: 'a', was: null },
      { a: { y: { q: 2 } }, list: [3], gone: null, was: { now: 1 } },
      { a: { x: null } },
    )).toEqual({ a: { x: null, y: { z: 1, q: 2 } }, list: [3], gone: null, text: 'a', was: { now: 1 } })
    expect(mergedValues()).toEqual({})
  })

  it('make no prototype of a key', () => {
    const merged = mergedValues(read('__proto__: { a: 1 }'), read('__proto__: { b: 2 }'))
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"a":1,"b":2}}')
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
  })
})

it('paths are those of --set', () => {
  expect(valuesWith('a.b\\.c/d.e', 1)).toEqual({ a: { 'b.c/d': { e: 1 } } })
  const values = { a: { 'b.c': [1] }, n: null }
  expect([valueAt(values, 'a.b\\.c'), valueAt(values, 'a.b.c'), valueAt(values, 'n'), valueAt(values, 'n.x'), valueAt(values, 'constructor')])
    .toEqual([[1], undefined, null, undefined, undefined])
})
