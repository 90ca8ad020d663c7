import { Failure } from '../../errors'
import { addressText, hostText, type HostAddress } from './address'
import type { PrivateKey } from './private-key'

/** Who is spoken to: the words in messages, and which input to correct. */
export interface Party {
  readonly address: HostAddress
  readonly role: 'host' | 'bastion'
}

export function partyText({ address, role }: Party): string {
  return role === 'bastion' ? `the bastion ${hostText(address)}` : hostText(address)
}

export function cancelled(signal: AbortSignal): Failure {
  const reason: unknown = signal.reason
  if (reason instanceof Failure) return reason
  return new Failure({
    code: 'cancelled', what: 'The run was cancelled.', cure: 'Run it again: it finishes or undoes what it finds.', cause: reason,
  })
}

/** The TCP connection was not made. */
export function dialFailure(error: NodeJS.ErrnoException, party: Party): Failure {
  const { address } = party
  const name = partyText(party)
  const input = party.role === 'bastion' ? 'bastion' : 'hosts'
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_NONAME':
      return new Failure({
        code: 'host-not-found',
        what: `The name ${address.host} does not exist in DNS.`,
        cure: `Correct it in '${input}', or write the IP address. Try: getent hosts ${address.host}`,
        cause: error,
      })
    case 'EAI_AGAIN':
      return new Failure({
        code: 'host-not-resolved',
        what: `The name ${address.host} could not be looked up: the name server did not answer.`,
        cure: `Run it again, or write the IP address in '${input}'.`,
        cause: error,
      })
    case 'ECONNREFUSED':
      return new Failure({
        code: 'connection-refused',
        what: `${name} refused the connection: nothing listens on port ${address.port}.`,
        cure: `Look at the host for its SSH port (ss -ltn), write it in '${input}' as user@host:port, or start it: `
          + 'systemctl start ssh',
        cause: error,
      })
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return new Failure({
        code: 'host-unreachable',
        what: `${name} cannot be reached: there is no route to it (${error.code}).`,
        why: 'The host is down, or is on a network that this runner is not on.',
        cure: `Correct '${input}', start the host, or reach it through a 'bastion' or a runner on its network.`,
        cause: error,
      })
    case 'ETIMEDOUT':
      return dialTimeout(party, null)
    default:
      return new Failure({
        code: 'connection-failed',
        what: `No connection to ${name} on port ${address.port}: ${error.code ?? error.message}.`,
        cure: `Try from the runner's network: ssh -p ${address.port} ${address.user}@${address.host}`,
        cause: error,
      })
  }
}

export function dialTimeout(party: Party, seconds: number | null): Failure {
  return new Failure({
    code: 'connect-timeout',
    what: `${partyText(party)} did not answer on port ${party.address.port}${seconds === null ? '' : ` within ${seconds} s`}.`,
    why: 'A firewall drops the packets, the host is down, or the address belongs to nobody.',
    cure: `Open port ${party.address.port} for this runner's address, or reach the host through a 'bastion' or a runner on `
      + 'its network.',
  })
}

/** What answered did not introduce itself as an SSH server. */
export function notSsh(party: Party, said: string): Failure {
  const input = party.role === 'bastion' ? 'bastion' : 'hosts'
  return new Failure({
    code: 'not-ssh',
    what: `What answers at ${partyText(party)} on port ${party.address.port} is not an SSH server.`,
    cure: `Correct the port in '${input}' (user@host:port). On the host, type: ss -ltnp | grep sshd`,
    evidence: said === '' ? [] : [{ source: `${partyText(party)}: first bytes`, text: said }],
  })
}

/** The peer hung up before it introduced itself, or said why. */
export function turnedAway(party: Party, said: string): Failure {
  return new Failure({
    code: 'ssh-turned-away',
    what: `${partyText(party)} closed the connection before the SSH handshake.`,
    why: 'sshd does so when it has too many connections (MaxStartups) or distrusts this address (fail2ban, ufw limit, '
      + `PerSourcePenalties); something else than sshd on port ${party.address.port} may do so too.`,
    cure: 'Wait a minute and run it again. If it stays, look on the host: journalctl -u ssh --since -10min',
    evidence: said === '' ? [] : [{ source: `${partyText(party)}: first bytes`, text: said }],
  })
}

export function handshakeTimeout(party: Party, seconds: number, stage: 'greeting' | 'handshake' | 'authentication'): Failure {
  const done = stage === 'greeting' ? 'did not introduce itself as an SSH server'
    : stage === 'handshake' ? 'did not finish the SSH handshake' : `did not say whether it accepts the key`
  return new Failure({
    code: stage === 'greeting' ? 'ssh-silent' : 'ssh-handshake-timeout',
    what: `${partyText(party)} took the connection on port ${party.address.port} but ${done} within ${seconds} s.`,
    why: stage === 'greeting' ? 'Something else than sshd listens there, or the host is overloaded.'
      : 'The host is overloaded, or asks somebody else (DNS, LDAP, PAM) who does not answer.',
    cure: stage === 'greeting'
      ? 'Correct the port (user@host:port), or look at the load of the host.'
      : 'Look on the host: journalctl -u ssh --since -10min; UseDNS no in sshd_config cures the usual case.',
  })
}

export function handshakeFailed(party: Party, error: Error): Failure {
  const algorithms = /no matching/i.test(error.message)
  return new Failure({
    code: algorithms ? 'ssh-no-common-algorithm' : 'ssh-handshake-failed',
    what: `The SSH handshake with ${partyText(party)} failed: ${error.message.replace(/^Handshake failed: /, '')}.`,
    why: algorithms ? 'Slipway offers no broken algorithms (SHA-1, CBC, DSA); the host offers nothing else.' : '',
    cure: algorithms ? "Update the host's OpenSSH, or take the restrictions out of its sshd_config: "
      + "sshd -T | grep -E 'kex|cipher|mac'"
      : 'Look on the host: journalctl -u ssh --since -10min',
    cause: error,
  })
}

/** The host knows who we are now, and does not want us. */
export function keyRefused(party: Party, key: PrivateKey, accepted: readonly string[], partial: boolean): Failure {
  const who = addressText(party.address)
  const input = party.role === 'bastion' ? 'bastion-ssh-key' : 'ssh-key'
  if (partial) {
    return new Failure({
      code: 'ssh-key-not-enough',
      what: `${who} accepted the key and asks for more: ${accepted.join(', ')}.`,
      why: 'A second factor needs a person.',
      cure: `Exempt this user in the host's sshd_config: Match User ${party.address.user} and AuthenticationMethods publickey`,
    })
  }
  const pubkey = accepted.length === 0 || accepted.includes('publickey')
  return new Failure({
    code: 'ssh-key-refused',
    what: `${who} refused the key in '${input}' (${key.type} ${key.fingerprint}).`,
    why: pubkey
      ? `The key is not in the authorized_keys of ${party.address.user}, the user does not exist, `
        + 'or ~/.ssh is writable by others.'
      : `The host takes no keys at all, only ${accepted.join(', ')}.`,
    cure: pubkey
      ? `As ${party.address.user} on the host, type: chmod 700 ~/.ssh; chmod 600 ~/.ssh/authorized_keys; and append to `
        + `~/.ssh/authorized_keys this line:\n${key.publicLine}`
      : 'Set PubkeyAuthentication yes in /etc/ssh/sshd_config on the host, then: systemctl reload ssh',
  })
}

/** An established connection ended, and not by us. */
export function connectionLost(party: Party, how: string, cause?: unknown): Failure {
  return new Failure({
    code: 'connection-lost',
    what: `The connection to ${partyText(party)} was lost: ${how}.`,
    why: 'The host went down or restarted, sshd was stopped, or the network in between broke.',
    cure: 'Run it again: it finishes or undoes what it finds.',
    cause,
  })
}

export function forwardRefused(bastion: Party, target: Party, error: Error & { reason?: unknown }): Failure {
  const prohibited = error.reason === 1
  return new Failure({
    code: prohibited ? 'bastion-forwarding-off' : 'bastion-cannot-reach-host',
    what: `${partyText(bastion)} did not connect to ${partyText(target)} on port ${target.address.port}: `
      + `${error.message.replace(/^\(SSH\) Channel open failure: /, '')}.`,
    cure: prohibited
      ? `Set AllowTcpForwarding yes for ${bastion.address.user} in the bastion's sshd_config, then: systemctl reload ssh`
      : `Try on the bastion: nc -vz ${target.address.host} ${target.address.port}; correct 'hosts' or open its firewall.`,
    cause: error,
  })
}
