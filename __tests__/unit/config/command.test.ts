import { lex, program } from '../../../src/config/command'

describe('the words of a shell line', () => {
  it.each<readonly [string, readonly string[]]>([
    ['gunicorn main:app --bind 127.0.0.1:$PORT', ['gunicorn', 'main:app', '--bind', '127.0.0.1:$PORT']],
    ['a "b c"\'d\'\\ e', ['a', 'b cd e']],
    ['a \'it is "x"\' "it\'s \\"y\\" \\n"', ['a', 'it is "x"', 'it\'s "y" \\n']],
    ['a "" b', ['a', '', 'b']],
    ['a && b|c;d', ['a', '&', '&', 'b', '|', 'c', ';', 'd']],
    ['a # don\'t', ['a']],
    ['a#b \\#c', ['a#b', '#c']]
  ])('%j', (line, words) => expect(lex(line)).toEqual({ words }))

  it.each([['a "b', '"'], ['a \'b\\\'c\'', '\''], ['a \\', '\\'], ['"a\\"', '"']])('%j is open',
    (line, open) => expect(lex(line)).toEqual({ open }))

  it.each([['exec env A=b /x/bin/gunicorn a:b', 'gunicorn'], ['A=b node x', 'node'], ['A=b', ''], ['"', '']])('%j runs %j',
    (line, name) =>
    expect(program(line)).toBe(name))
})
