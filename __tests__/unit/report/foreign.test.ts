import { oneLine, shown, visible } from '../../../src/report/foreign'
import { Redactor } from '../../../src/report/redact'
import { duration, size } from '../../../src/report/quantities'

const none = new Redactor()

describe('other people\'s text', () => {
  it('has its control characters made visible and its colours taken off', () => {
    expect(visible('a\u0000b\r\nc\rd\u007f\u0085\u200b\u2066\tz')).toBe('a␀b\nc␍d␡<U+0085><U+200B><U+2066>\tz')
    expect(shown('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007', none, { lines: 9, bytes: 999 }).text).toBe('red ␛]0;title␇')
  })
  it('is bounded in lines and bytes, keeps its end and says what is missing', () => {
    expect(shown('1\n2\n3\n4\n', none, { lines: 2, bytes: 99 })).toEqual({ text: '3\n4', leftOut: 'the first 2 of 4 lines are left out' })
    expect(shown('1\n2\n', none, { lines: 2, bytes: 99 })).toEqual({ text: '1\n2', leftOut: null })
    expect(shown('xxxxä', none, { lines: 2, bytes: 3 })).toEqual({ text: 'xä', leftOut: 'the beginning is left out' })
    expect(shown('äää', none, { lines: 2, bytes: 3 }).text).toBe('ä')
  })
  it('of 10 MB is shown soon, and a secret that the window cuts through does not show', () => {
    const redactor = new Redactor(['0123456789abcdef0123456789abcdef'])
    const text = '0123456789abcdef0123456789abcdef'.repeat(330_000)
    for (const shift of [0, 1, 7, 31]) {
      const { text: end } = shown(`${text}${'.'.repeat(shift)}`, redactor, { lines: 100, bytes: 1 << 21 })
      expect(end).not.toMatch(/[0-9a-f]/)
    }
  })
  it('in a line of the log is one line and no command', () => {
    expect(oneLine('a\n::error::b\r\n  c', none)).toBe('a ::error::b c')
    expect(oneLine('::add-mask::x', none)).toBe(': :add-mask::x')
    expect(oneLine('x ##[error]y', none)).toBe('x # #[error]y')
    expect(oneLine('z'.repeat(9999), none)).toHaveLength(2002)
  })
})

describe('quantities', () => {
  it.each([[0, '0.00 s'], [412, '0.41 s'], [9994, '9.99 s'], [9996, '10.0 s'], [99_949, '99.9 s'], [119_600, '2 min 0 s'], [125_000, '2 min 5 s']])(
    '%s ms', (milliseconds, text) => { expect(duration(milliseconds)).toBe(text) })
  it.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [4100, '4.1 kB'], [999_949, '999.9 kB'], [999_950, '1.0 MB'], [5e15, '5000.0 TB']])(
    '%s bytes', (bytes, text) => { expect(size(bytes)).toBe(text) })
})
