import { Failure } from '../../../src/errors'
import { errorCommand, failureCommand, foreign, groupCommand, maskCommands, masksOf } from '../../../src/report/commands'

describe('workflow commands', () => {
  it('escape what would end them', () => {
    expect(errorCommand('100%\r\n::set-output', { title: 'a: b, c', file: 'slipway.yml', line: 3, endLine: 4 })).toBe(
      '::error title=a%3A b%2C c,file=slipway.yml,line=3,endLine=4::100%25%0D%0A::set-output',
    )
    expect(groupCommand('stage\n::error::')).toBe('::group::stage%0A::error::')
  })

  it('put a failure on its file and line, with what, why and cure', () => {
    const failure = new Failure({ code: 'x-y', what: 'W.', why: 'Y.', cure: 'C.', at: { file: 'f.yml', line: 2, column: 5 } })
    expect(failureCommand(failure)).toBe('::error title=x-y,file=f.yml,line=2,col=5::W.%0AY.%0AC.')
    expect(failureCommand(new Failure({ code: 'x-y', what: 'W.', cure: 'C.' }).on('web1'))).toBe(
      '::error title=x-y on web1::W.%0AC.',
    )
  })
})

describe('masks', () => {
  it('cover each line of a secret, not the short ones and not the frame of a key', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1r\r\nAAAAB3NzaC1y\nshort\n-----END OPENSSH PRIVATE KEY-----\n'
    expect(masksOf(key)).toEqual(['b3BlbnNzaC1r', 'AAAAB3NzaC1y'])
    expect(masksOf('12345')).toEqual([])
    expect(masksOf('123456')).toEqual(['123456'])
  })

  it('are escaped like any data', () => {
    expect(maskCommands('pass%0Aword')).toEqual(['::add-mask::pass%250Aword'])
  })
})

describe('foreign text', () => {
  it('is printed with commands off, and they are on again whatever it ends with', () => {
    expect(foreign('::error::x\n', 'token')).toBe('::stop-commands::token\n::error::x\n::token::')
  })

  it('cannot know what ends it', () => {
    expect(foreign('x')).not.toBe(foreign('x'))
  })
})
