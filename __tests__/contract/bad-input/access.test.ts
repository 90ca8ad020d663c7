import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { freePort, makeKeys, startSshd, type Keys, type RealSshd } from '../../driver/ssh/real-sshd'
import { runAction, type ActionRun } from '../../host/harness/action'
import { codes, refused } from '../../host/bad-input/refusal'

let keys: Keys
let sshd: RealSshd
let other: RealSshd

beforeAll(async () => {
  keys = makeKeys({
    deploy: ['-t', 'ed25519', '-N', ''], stranger: ['-t', 'ed25519', '-N', ''], locked: ['-t', 'ed25519', '-a', '1', '-N', 'open sesame'],
    pem: ['-t', 'ecdsa', '-m', 'PEM', '-N', ''],
  })
  const authorized = ['deploy', 'locked', 'pem'].map((name) => keys.read(`${name}.pub`)).join('')
  sshd = await startSshd(authorized, [], ['ed25519'])
  other = await startSshd('', [], ['ed25519'])
}, 60_000)
afterAll(async () => {
  await sshd.stop()
  await other.stop()
  keys.remove()
})

const knock = (inputs: Record<string, string> = {}, action = 'push-release'): Promise<ActionRun> => runAction(action, {
  inputs: {
    hosts: `${sshd.user}@127.0.0.1:${sshd.port}`, 'ssh-key': keys.read('deploy'), 'known-hosts': sshd.knownHosts(), operation: 'status', ...inputs,
  },
})
/** What is said once the login has succeeded: nothing of Slipway is on that host. */
const loggedIn = (run: ActionRun): void => void refused(run, 'host-not-prepared', /setup-vm/)

describe('inputs', () => {
  it.each(['setup-vm', 'push-release', 'compose-up'])('%s: one that does not exist, and no host', async (action) => {
    const run = await runAction(action, { inputs: { host: 'deploy@203.0.113.7', 'ssh-key': keys.read('deploy') } })
    refused(run, 'input-unknown', 'There is no input `host`', 'Did you mean `hosts`?')
    refused(run, 'input-missing', 'The input `hosts` is missing or empty', "step's `with:`")
    expect(codes(run)).toHaveLength(2)
  })

  it('values of the wrong kind, all of them at once', async () => {
    const run = await knock({ operation: 'rolback', 'dry-run': 'yes', 'lock-timeout': '90', 'max-parallel': 'many' })
    refused(run, 'input-not-one-of', '`rolback`', 'Did you mean `operation: rollback`?')
    refused(run, 'input-not-boolean', 'Write `dry-run: true`')
    refused(run, 'input-not-a-duration', 'Add the unit: `lock-timeout: 90s`')
    refused(run, 'input-not-a-count', '`many`', 'max-parallel: 4')
  })

  it.each([
    ['203.0.113.7', 'it names no user'],
    ['deploy@203.0.113.7 deploy@203.0.113.8', 'more than one host'],
    ['deploy:secret7@203.0.113.7', 'use a key'],
    ['ssh://deploy@203.0.113.7', 'it is a URL'],
    ['deploy@203.0.113.700', "'203.0.113.700' is not an IPv4 address"],
    ['deploy@203.0.113.7:ssh', "'ssh' is not a port (1 to 65535)"],
  ])('a host line such as %s', async (line, reason) => {
    const run = await knock({ hosts: `# ours\n${line}` })
    refused(run, 'host-malformed', reason, 'user@host:port', 'deploy@203.0.113.7')
    expect(run.log).not.toContain('secret7')
  })

  it('hosts in a run that a stranger may have started', async () => {
    const run = await runAction('push-release', {
      event: 'pull_request_target',
      inputs: { hosts: 'deploy@203.0.113.7', 'ssh-key': keys.read('deploy'), 'known-hosts': sshd.knownHosts() },
    })
    refused(run, 'untrusted-trigger', '`pull_request_target`', /somebody outside/, '`workflow_dispatch`')
  })
})

describe('who answers', () => {
  it('nobody: the port is closed', async () => {
    const closed = await freePort()
    refused(await knock({ hosts: `deploy@127.0.0.1:${closed}` }), 'connection-refused', `127.0.0.1:${closed}`, `nothing listens on port ${closed}`,
      'ss -ltn', 'user@host:port')
  })

  it('nobody: the name is not known', async () => {
    const run = await knock({ hosts: 'deploy@no-such-host.invalid' })
    // Where there is no name server at all, that is what is wrong.
    const [code = ''] = codes(run)
    expect(['host-not-found', 'host-not-resolved']).toContain(code)
    refused(run, code, 'no-such-host.invalid', /'hosts'/, /IP address/)
  })

  it('a web server, on the wrong port', async () => {
    const web = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as AddressInfo
    const run = await knock({ hosts: `deploy@127.0.0.1:${port}` })
    web.close()
    refused(run, 'not-ssh', `on port ${port} is not an SSH server`, 'user@host:port', 'ss -ltnp | grep sshd')
    expect(run.log).toContain('400 Bad Request')
  })

  it('a host whose key is not known, with the line that makes it known', async () => {
    const shown = sshd.knownHosts().trim().split(' ').slice(0, 3).join(' ')
    for (const known of ['', other.knownHosts()]) {
      refused(await knock({ 'known-hosts': known }), 'host-key-unknown', /SHA256:\S{43}/, 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
        `this line:\n${shown}`, 'known-hosts: ${{ vars.KNOWN_HOSTS }}', 'No credential was offered')
    }
    expect(sshd.log()).not.toMatch(/Accepted|Failed publickey/)
  })

  it('a host whose key has changed', async () => {
    const [, ...foreign] = other.knownHosts().trim().split(' ')
    const known = `# production\n[127.0.0.1]:${sshd.port} ${foreign.join(' ')}`
    refused(await knock({ 'known-hosts': known }), 'host-key-changed', 'has changed', /may be an attack/, '(line 2)', 'replace line 2 of the variable KNOWN_HOSTS',
      'ssh-keygen -lf', /(SHA256:\S{43})[^]*(?!\1)SHA256:/)
    expect(sshd.log()).not.toMatch(/Accepted|Failed publickey/)
  })
})

describe('the key', () => {
  it('is not there', async () => {
    refused(await knock({ 'ssh-key': '' }), 'ssh-key-missing', '`ssh-key` is empty', /fork, Dependabot/, 'gh secret set SSH_KEY <', 'ssh-key: ${{ secrets.SSH_KEY }}')
  })

  it('is refused by the host', async () => {
    const line = keys.read('stranger.pub').split(' ').slice(0, 2).join(' ')
    refused(await knock({ 'ssh-key': keys.read('stranger') }), 'ssh-key-refused', `${sshd.user}@127.0.0.1:${sshd.port} refused the key`, /SHA256:\S{43}/,
      '~/.ssh/authorized_keys', line)
  })

  it('has a passphrase, which is missing or wrong', async () => {
    const locked = { 'ssh-key': keys.read('locked') }
    refused(await knock(locked), 'ssh-key-passphrase-missing', 'is encrypted', 'gh secret set SSH_KEY_PASSPHRASE', 'ssh-key-passphrase: ${{ secrets.SSH_KEY_PASSPHRASE }}')
    const wrong = await knock({ ...locked, 'ssh-key-passphrase': 'open barley' })
    refused(wrong, 'ssh-key-passphrase-wrong', 'does not open', 'ssh-keygen -y -f')
    expect(wrong.log.replace(/^::add-mask::.*$/gm, '')).not.toContain('open barley')
    loggedIn(await knock({ ...locked, 'ssh-key-passphrase': 'open sesame' }))
  })

  it('is the public one', async () => {
    refused(await knock({ 'ssh-key': keys.read('deploy.pub') }), 'ssh-key-public', 'holds a public key', '.pub', 'gh secret set SSH_KEY < ~/.ssh/id_ed25519')
  })

  it.each(['deploy', 'pem'])('%s works with Windows line ends, and with spaces for its line breaks', async (name) => {
    const key = keys.read(name)
    loggedIn(await knock({ 'ssh-key': key.replaceAll('\n', '\r\n') }))
    loggedIn(await knock({ 'ssh-key': key.trim().replaceAll('\n', ' ') }))
    loggedIn(await knock({ 'ssh-key': key.trim().replaceAll('\n', '\\n') }))
  })

  it('was cut off or damaged, and shows nothing of itself', async () => {
    const key = keys.read('deploy')
    const body = key.split('\n').slice(1, -2)
    const cut = await knock({ 'ssh-key': key.split('\n').slice(0, 3).join('\n') })
    refused(cut, 'ssh-key-truncated', 'is cut off', 'Store the file itself', 'gh secret set SSH_KEY <')
    const text = await knock({ 'ssh-key': body.join('\n') })
    refused(text, 'ssh-key-unreadable', '-----BEGIN', 'gh secret set SSH_KEY <')
    for (const run of [cut, text]) {
      const log = run.log.replace(/^::add-mask::.*$/gm, '') + run.summary + JSON.stringify(run.outputs)
      for (const line of body) expect(log).not.toContain(line)
    }
  })
})
