import { failuresOf } from '../../../src/errors'
import { addressText, parseHosts } from '../../../src/drivers/ssh/address'

const wrong = (text: string) => {
  try {
    parseHosts(text)
  } catch (error) {
    return failuresOf(error).map((failure) => `${failure.code}: ${failure.what}`)
  }
  return []
}

describe('parseHosts', () => {
  it.each([
    ['deploy@203.0.113.7', [{ user: 'deploy', host: '203.0.113.7', port: 22 }]],
    ['deploy@203.0.113.7:2222', [{ user: 'deploy', host: '203.0.113.7', port: 2222 }]],
    ['root@[::1]:2222', [{ user: 'root', host: '::1', port: 2222 }]],
    ['root@[2001:db8::7]', [{ user: 'root', host: '2001:db8::7', port: 22 }]],
    ['# all\r\n\r\n  a@web-1.example.com  # first\r\nb@web-2', [
      { user: 'a', host: 'web-1.example.com', port: 22 }, { user: 'b', host: 'web-2', port: 22 },
    ]],
  ])('reads %j', (text, wanted) => {
    expect(parseHosts(text)).toEqual(wanted)
  })

  it('writes an address as it is read', () => {
    for (const text of ['a@b', 'a@b:2222', 'a@[::1]:2222']) expect(parseHosts(text).map(addressText)).toEqual([text])
  })

  it.each([
    ['203.0.113.7', 'it names no user'],
    ['@host', 'the user is empty'],
    ['deploy@', 'the host is empty'],
    ['deploy@host:0', "'0' is not a port"],
    ['deploy@host:65536', "'65536' is not a port"],
    ['deploy@host:ssh', "'ssh' is not a port"],
    ['deploy@host:', "'' is not a port"],
    ['deploy@2001:db8::7', 'an IPv6 address needs brackets'],
    ['deploy@[::::::::]', "'::::::::' is not an IPv6 address"],
    [`deploy@a${'.a'.repeat(127)}`, 'a host name has at most 253 characters'],
    ['deploy@[example.com]', "'example.com' is not an IPv6 address"],
    ['deploy@1.2.3.400', "'1.2.3.400' is not an IPv4 address"],
    ['deploy@-oProxyCommand=x', 'neither a host name nor an address'],
    ['-l@host', "'-l' is not a user name"],
    ['ssh://deploy@host', 'it is a URL'],
    ['deploy@a, deploy@b', 'it holds more than one host, or a space'],
  ])('refuses %j', (text, reason) => {
    expect(wrong(text)).toEqual([expect.stringContaining(reason)])
  })

  it('does not repeat a password', () => {
    expect(wrong('deploy:hunter22@host').join()).toContain('password')
    expect(wrong('deploy:hunter22@host').join()).not.toContain('hunter22')
  })

  it('reports all lines at once, duplicates too', () => {
    expect(wrong('a@h\nnonsense\nb@H:22\na@h:x')).toEqual([
      expect.stringContaining('Line 2'), expect.stringContaining('host-duplicate: Line 3'), expect.stringContaining('Line 4'),
    ])
  })

  it.each(['', '\n', '# none'])('asks for a host when there is none: %j', (text) => {
    expect(wrong(text)).toEqual(["host-missing: 'hosts' names no host."])
  })
})
