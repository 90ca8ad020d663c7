import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failuresOf } from '../../../src/errors'
import { hostKeyAlgorithms, judgeHostKey } from '../../../src/drivers/ssh/host-key'
import { hostKeyFailure } from '../../../src/drivers/ssh/host-key-failures'
import { parseKnownHosts } from '../../../src/drivers/ssh/known-hosts'
import { fingerprint } from '../../../src/drivers/ssh/public-key'

let folder: string
const lines: Record<string, string> = {}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'known-hosts-'))
  for (const [name, type] of [['ed', 'ed25519'], ['other', 'ed25519'], ['rsa', 'rsa'], ['ec', 'ecdsa']] as const) {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', join(folder, name)])
    lines[name] = readFileSync(join(folder, `${name}.pub`), 'utf8').trim()
  }
}, 60_000)
afterAll(() => { rmSync(folder, { recursive: true }) })

const blob = (name: string) => Buffer.from(lines[name]?.split(' ')[1] ?? '', 'base64')
const judge = (text: string, host = 'web.example.com', port = 22, key = 'ed') => {
  const filled = text.replaceAll(/\{(\w+)\}/g, (_, name: string) => lines[name] ?? '')
  return judgeHostKey(parseKnownHosts(filled), host, port, blob(key)).kind
}

describe('known_hosts', () => {
  it.each([
    ['web.example.com {ed}', 'known'],
    ['WEB.example.COM {ed}', 'known'],
    ['a,web.example.com,b {ed}', 'known'],
    ['*.example.com {ed}', 'known'],
    ['web.exam?le.com {ed}', 'known'],
    ['*.example.com,!web.example.com {ed}', 'unknown'],
    ['!web.*,*.example.com {ed}', 'unknown'],
    ['webXexample.com {ed}', 'unknown'],
    ['other.example.com {ed}', 'unknown'],
    ['# web.example.com {ed}\n\n', 'unknown'],
    ['web.example.com {other}', 'changed'],
    ['web.example.com {rsa}', 'changed'],
    ['web.example.com {other}\nweb.example.com {ed}', 'known'],
    ['@revoked * {ed}\nweb.example.com {ed}', 'revoked'],
    ['@revoked * {other}\nweb.example.com {ed}', 'known'],
    ['@revoked other.example.com {ed}\nweb.example.com {ed}', 'known'],
    ['@cert-authority *.example.com {ed}', 'authority'],
    ['@cert-authority *.example.com {other}\nweb.example.com {ed}', 'known'],
    ['[web.example.com]:22 {ed}', 'unknown'],
    ['\uFEFFweb.example.com {ed}\r\n', 'known'],
  ])('%j: %s', (text, verdict) => {
    expect(judge(text)).toBe(verdict)
  })

  // Nobody would see the end of this test.
  it('takes no time for stars that could stand for anything', () => {
    const host = 'a'.repeat(200)
    expect(judge(`${'*a'.repeat(60)}b {ed}`, host)).toBe('unknown')
    expect(judge(`${'*a'.repeat(60)} {ed}`, host)).toBe('known')
    expect(judge(`${'*?'.repeat(60)}* {ed}`, host)).toBe('known')
  })

  it('has other ports in brackets, and never takes one port for another', () => {
    expect(judge('[web.example.com]:2222 {ed}', 'web.example.com', 2222)).toBe('known')
    expect(judge('web.example.com {ed}', 'web.example.com', 2222)).toBe('unknown')
    expect(judge('[web.example.com]:2222 {ed}')).toBe('unknown')
    expect(judge('[::1]:2222 {ed}', '::1', 2222)).toBe('known')
  })

  it('has hashed names, as ssh-keygen makes them', () => {
    const file = join(folder, 'hashed')
    writeFileSync(file, `web.example.com ${lines['ed']}\n[web.example.com]:2222 ${lines['rsa']}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^\|1\|/)
    expect(judge(text)).toBe('known')
    expect(judge(text, 'web.example.com', 2222, 'rsa')).toBe('known')
    expect(judge(text, 'else.example.com')).toBe('unknown')
  })

  it('tells all malformed lines with their numbers', () => {
    const good = `web ${lines['ed']}`
    const cut = good.split(' ').slice(0, 3).join(' ').slice(0, -8)
    const text = [
      good, 'web', lines['ed'], cut, '@trusted ' + good, 'web SHA256:abc', good.replace('ssh-ed25519', 'ssh-rsa'),
      '|1|x|y ssh-ed25519 AAAA', 'web 1024 35 123',
    ].join('\n')
    let found: string[] = []
    try {
      parseKnownHosts(text)
    } catch (error) {
      found = failuresOf(error).map((failure) => failure.what)
    }
    expect(found).toEqual([
      expect.stringMatching(/^Line 2 .*three fields/),
      expect.stringMatching(/^Line 3 .*host name before the key is missing/),
      expect.stringMatching(/^Line 4 .*not whole/),
      expect.stringMatching(/^Line 5 .*@trusted is unknown/),
      expect.stringMatching(/^Line 6 .*fingerprint/),
      expect.stringMatching(/^Line 7 .*not of the type ssh-rsa/),
      expect.stringMatching(/^Line 8 .*hashed host name is damaged/),
      expect.stringMatching(/^Line 9 .*protocol 1/),
    ])
  })

  it('has the algorithms of known keys offered first, without SHA-1', () => {
    const offered = (text: string) => hostKeyAlgorithms(parseKnownHosts(text), 'web', 22)
    expect(offered('')[0]).toBe('ssh-ed25519')
    expect(offered(`web ${lines['rsa']}`).slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519'])
    expect(offered(`web ${lines['ec']}\nother ${lines['rsa']}`)[0]).toBe('ecdsa-sha2-nistp256')
    expect(offered('')).not.toContain('ssh-rsa')
  })
})

describe('a host key that is not trusted', () => {
  const address = { user: 'deploy', host: 'web.example.com', port: 2222 }

  it('is shown as ssh-keygen prints it, with the line to store', () => {
    const failure = hostKeyFailure({ kind: 'unknown' }, address, blob('ed'), true)
    const printed = execFileSync('ssh-keygen', ['-lf', join(folder, 'ed.pub')], { encoding: 'utf8' })
    expect(printed).toContain(fingerprint(blob('ed')))
    expect(failure?.what).toContain(fingerprint(blob('ed')))
    expect(failure?.cure).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')
    expect(failure?.cure).toContain(`this line:\n[web.example.com]:2222 ${lines['ed']?.split(' ').slice(0, 2).join(' ')}`)
    expect(failure?.cure).toContain('known-hosts: ${{ vars.KNOWN_HOSTS }}')
  })

  it.each([
    [{ kind: 'revoked', line: 3 } as const, 'host-key-revoked', 'line 3'],
    [{ kind: 'authority', line: 4 } as const, 'host-certificate-unsupported', 'does not support host certificates'],
  ])('says why: %j', (verdict, code, words) => {
    const failure = hostKeyFailure(verdict, address, blob('rsa'), false)
    expect(failure?.code).toBe(code)
    expect(failure?.message).toContain(words)
    expect(failure?.cure).toContain('ssh_host_rsa_key')
  })
})
