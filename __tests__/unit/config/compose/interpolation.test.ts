import { readEnvFile } from '../../../../src/config/compose/env-file'
import { interpolationOf, namesIn, substituted, wanting } from '../../../../src/config/compose/interpolation'

describe('which variables a text names', () => {
  it.each([
    ['plain', []],
    ['$A', ['A']],
    ['a$A-b', ['A']],
    ['${A}${B}', ['A', 'B']],
    ['${A:-x}', ['A']],
    ['${A-x}', ['A']],
    ['${A:?why}', ['A']],
    ['${A?}', ['A']],
    ['${A:+x}', ['A']],
    ['${A:-${B:-${C}}}', ['A', 'B', 'C']],
    ['${A:-{"x":1}}$B', ['A', 'B']],
    ['${A:-a{b}', ['A']],
    ['$$A', []],
    ['$${A}', []],
    ['$$$A', ['A']],
    ['$(date) $5 $ ', []],
    ['${A:-$$B}', ['A']],
  ])('%s', (text, names) => {
    const { references, malformed } = interpolationOf(text)
    expect(namesIn(references)).toEqual(names)
    expect(malformed).toEqual([])
  })

  it.each(['${', '${}', '${5}', '${A', '${A B}', '${A:x}', 'x ${A:-${}}'])('%s names none, and Compose refuses it', (text) => {
    expect(interpolationOf(text).malformed).toHaveLength(1)
  })
})

describe('what a text comes to', () => {
  const lookup = (name: string): string | undefined => ({ A: 'a', E: '' } as Record<string, string>)[name]
  it.each([
    ['$A/${A}', 'a/a'],
    ['${A:-x}', 'a'], ['${B:-x}', 'x'], ['${E:-x}', 'x'], ['${E-x}', ''], ['${B-x}', 'x'],
    ['${A:+y}', 'y'], ['${E:+y}', ''], ['${E+y}', 'y'], ['${B+y}', ''],
    ['${B:-${A}b}', 'ab'], ['$$A $(x) $5', '$A $(x) $5'], ['${B:?no}', ''], ['${B}', ''],
  ])('%s', (text, value) => expect(substituted(text, lookup)).toBe(value))
})

describe('what a text lacks', () => {
  const lookup = (name: string): string | undefined => ({ A: 'a', E: '' } as Record<string, string>)[name]
  it.each([
    ['$A ${E}', []],
    ['$B', ['B empty']],
    ['${A:?} ${E?}', []],
    ['${E:?} ${B?}', ['E required', 'B required']],
    ['${A:-$B}', []],
    ['${C:-$B}', ['B empty']],
    ['${C:-${B:?}}', ['B required']],
    ['${C:-x} ${C-x} ${C:+$B} ${C+$B}', []],
    ['${A:+$B}', ['B empty']],
    // So Compose does it.
    ['${A:-${B:?}} ${C:+${D?}} ${A:?${F:?}}', ['B required', 'D required', 'F required']],
    ['${B:?$C}', ['B required']],
  ])('%s', (text, lacks) => {
    expect(wanting(interpolationOf(text).references, lookup).map(({ reference, kind }) => `${reference.name} ${kind}`)).toEqual(lacks)
  })
})

describe('an env file', () => {
  // What Compose itself makes of these lines was looked up with it.
  it.each([
    ['A=1', 'A', '1'], ['A = d # x', 'A', 'd'], ['export A=5', 'A', '5'], ['A: f', 'A', 'f'], ['A=a#b', 'A', 'a#b'], ['A=', 'A', ''],
    ['A="a\nb"', 'A', 'a\nb'], ['A="\\$y"', 'A', '$$y'], ['A="$$z"', 'A', '$$z'], ["A='$Q'", 'A', '$Q'], ['A="x" # c', 'A', 'x'], ['A', 'A', null], ['A="a\\"b"', 'A', 'a"b'],
  ])('%j', (text, name, value) => expect(readEnvFile(text).lines).toMatchObject([{ name, value }]))

  it('has comments and empty lines, and knows where its lines are', () => {
    const { lines, malformed } = readEnvFile('# c\n\nA="1\n2"\r\nB=$A\n  # d\nC\n')
    expect(lines.map(({ name, line, expands }) => [name, line, expands])).toEqual([['A', 3, true], ['B', 5, true], ['C', 7, false]])
    expect(malformed).toEqual([])
  })

  it.each([['1X=3', 1], ['A=1\nA B=3', 2], ['A=1\nB="x\ny', 2], ['=x', 1]])('%j is none', (text, line) => {
    expect(readEnvFile(text).malformed).toMatchObject([{ line }])
  })
})
