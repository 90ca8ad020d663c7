import { createImageLog } from '../../../src/report/image-log'
import { Redactor } from '../../../src/report/redact'
import { Turns } from '../../../src/report/turns'

function logs(): { readonly lines: string[]; readonly a: ReturnType<typeof createImageLog>; readonly b: ReturnType<typeof createImageLog>; readonly c: ReturnType<typeof createImageLog> } {
  const lines: string[] = []
  const turns = new Turns((line) => lines.push(line))
  const of = (name: string): ReturnType<typeof createImageLog> => createImageLog(turns.turn(), new Redactor(), name, () => `end-${name}`)
  return { lines, a: of('a'), b: of('b'), c: of('c') }
}

const group = (name: string, ...lines: readonly string[]): readonly string[] => [`::group::${name}: build by rig`, `::stop-commands::end-${name}`, ...lines, `::end-${name}::`, '::endgroup::']

describe('several builds in one log', () => {
  it('are a group each, whoever ends first; the first is heard as it comes', () => {
    const { lines, a, b } = logs()
    a.beginBuild('rig')
    b.beginBuild('rig')
    a.buildLine('a1')
    b.buildLine('b1')
    expect(lines.at(-1)).toBe('a1')
    b.endBuild()
    b.say('pushed b')
    a.buildLine('a2')
    a.endBuild()
    a.say('pushed a')
    expect(lines).toEqual([...group('a', 'a1', 'a2'), ...group('b', 'b1'), 'b: pushed b', 'a: pushed a'])
  })

  it('one of those that are at work still is heard next, with what it has said so far', () => {
    const { lines, a, b, c } = logs()
    for (const [log, name] of [[a, 'a'], [b, 'b'], [c, 'c']] as const) {
      log.beginBuild('rig')
      log.buildLine(`${name}1`)
    }
    c.endBuild()
    a.endBuild()
    b.buildLine('b2')
    expect(lines.at(-1)).toBe('b2')
    b.endBuild()
    expect(lines).toEqual([...group('a', 'a1'), ...group('c', 'c1'), ...group('b', 'b1', 'b2')])
  })

  it('what is of no build goes through at once while none is at work', () => {
    const { lines, a, b } = logs()
    b.say('  unchanged')
    a.beginBuild('rig')
    b.warn('later')
    a.endBuild()
    expect(lines).toEqual(['  b: unchanged', ...group('a'), '::warning title=not all can be done here::b: later'])
  })
})
