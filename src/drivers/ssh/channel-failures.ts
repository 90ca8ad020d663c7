import { Failure } from '../../errors'
import { partyText, type Party } from './connect-failures'

/** Commands carry no secrets, but may be long. */
function shorten(command: string): string {
  const line = command.split('\n')[0] ?? ''
  return line.length > 60 || line !== command ? `${line.slice(0, 60)}…` : line
}

export function channelRefused(party: Party, command: string, error: Error & { reason?: unknown }): Failure {
  const noMore = error.reason !== undefined
  return new Failure({
    code: 'ssh-channel-refused',
    what: `${partyText(party)} did not start '${shorten(command)}': ${error.message.replace(/^\(SSH\) /, '')}.`,
    why: noMore ? 'sshd limits the sessions of a connection (MaxSessions), or forbids this kind of channel.'
      : "sshd forbids commands to this key or user (ForceCommand, 'restrict', a shell of /usr/sbin/nologin).",
    cure: noMore ? 'In the sshd_config of the host set MaxSessions to at least 10, then: systemctl reload ssh'
      : 'Look on the host at the key\'s line in ~/.ssh/authorized_keys and at the user\'s shell: getent passwd '
        + party.address.user,
    cause: error,
  })
}

export function channelTimeout(party: Party, command: string): Failure {
  return new Failure({
    code: 'ssh-channel-timeout',
    what: `${partyText(party)} did not start '${shorten(command)}' in time.`,
    cure: 'Look at the load of the host: uptime; journalctl -u ssh --since -10min',
  })
}

/** The program is gone, and nobody said how it ended. */
export function endUnknown(party: Party, command: string): Failure {
  return new Failure({
    code: 'command-end-unknown',
    what: `${partyText(party)} closed the channel of '${shorten(command)}' without saying how it ended.`,
    why: 'Without an exit code or a signal it does not count as done.',
    cure: 'Run it again. If it stays, look on the host: journalctl -u ssh --since -10min',
  })
}

export function channelClosed(party: Party, command: string): Failure {
  return new Failure({
    code: 'command-closed-input',
    what: `'${shorten(command)}' on ${partyText(party)} ended before it had read all of its input.`,
    cure: 'Look at its exit code and at what it said on standard error.',
  })
}

export function commandTimeout(party: Party, command: string, timeoutMs: number): Failure {
  return new Failure({
    code: 'command-timeout',
    what: `'${shorten(command)}' on ${partyText(party)} did not end within ${timeoutMs / 1000} s.`,
    cure: 'Look on the host what it waits for: ps -ef --forest',
  })
}

export function outputTooLarge(party: Party, command: string, limit: number): Failure {
  return new Failure({
    code: 'command-output-too-large',
    what: `'${shorten(command)}' on ${partyText(party)} wrote more than ${limit} bytes.`,
    cure: 'Run it by hand and see what it writes.',
  })
}

export function lineTooLong(party: Party, command: string, limit: number): Failure {
  return new Failure({
    code: 'line-too-long',
    what: `'${shorten(command)}' on ${partyText(party)} wrote a line of more than ${limit} bytes.`,
    why: 'It does not speak the protocol that is expected of it.',
    cure: 'Look whether the login shell of the user prints something: ssh HOST true must print nothing.',
  })
}
