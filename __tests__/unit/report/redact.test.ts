import { Redactor } from '../../../src/report/redact'

const key = '-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nQyNTUxOQAAACDdYdE1kXYZ\n-----END KEY-----\n'

describe('the redactor', () => {
  const secret = 'pa$$ "wörd"/+=\'x'
  const redactor = new Redactor([secret, key, 'short'])
  it.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['in lower-case percents', encodeURIComponent(secret).toLowerCase()],
    ['in a shell', secret.replaceAll('\'', '\'\\\'\'')],
    ['a line of many', 'QyNTUxOQAAACDdYdE1kXYZ'],
  ])('takes it out %s', (_, form) => {
    expect(redactor.redact(`a ${form} b ${form}`)).toBe('a *** b ***')
  })

  it.each([['', ''], ['u', ''], ['us:', 'z'], ['user:', '\n'], ['{"password":"', '"}']])('takes it out of base64 of %j…%j', (before, after) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${before}${secret}${after}`).toString(encoding)
      const left = redactor.redact(text)
      expect(left).toContain('***')
      // What is left decodes to the neighbours, and to a character of the secret at most.
      expect(left.length).toBeLessThan(Buffer.from(before + after).toString('base64').length + 12)
    }
  })

  it('leaves the frame of a key, short values and all else alone', () => {
    const text = '-----BEGIN KEY----- short words and pa$$'
    expect(redactor.redact(text)).toBe(text)
    expect(new Redactor().redact('anything')).toBe('anything')
    expect(new Redactor(['']).redact('anything')).toBe('anything')
  })

  it('takes the longest first, so that nothing of it stays', () => {
    expect(new Redactor(['secret', 'secret-and-more']).redact('secret-and-more secret')).toBe('*** ***')
  })

  // As many as a variable of the runner may have; of one of them V8 makes no regular expression.
  it('takes out a secret of 48 KiB in one line, and what is short beside it', () => {
    const long = 'a1'.repeat(24 * 1024)
    const redactor = new Redactor([long, 'short-one'])
    expect(redactor.redact(`x ${long} short-one ${Buffer.from(long).toString('base64')}`)).not.toMatch(/a1a1|short-one|YTFh/)
    expect(new Redactor([long]).redact('nothing of it')).toBe('nothing of it')
  })

  it('learns of secrets later', () => {
    const late = new Redactor(['first-one'])
    expect(late.redact('second-one')).toBe('second-one')
    late.add('second-one')
    expect(late.redact('first-one second-one')).toBe('*** ***')
  })

  it('goes into plain data', () => {
    expect(redactor.deep({ a: [secret, 1, null, { b: `x${secret}` }], c: true })).toEqual({ a: ['***', 1, null, { b: 'x***' }], c: true })
  })
})
