import type { HostAddress } from '../../../drivers/ssh'

/**
 * What comes on standard input is read to its end also when sudo refuses: a server that still has input for a program that
 * is gone may close the channel before it says how the program ended, and then nobody hears of the refusal.
 */
const asRoot = 'sudo -n "$@" || { code=$?; cat >/dev/null; exit "$code"; }'

/** Runs setup.sh, which comes on standard input; the arguments are safe to stand bare (see `wantedArguments`). */
export function scriptCommand(address: HostAddress, verb: 'check' | 'confirm' | 'undo', args: readonly string[]): string {
  return rootCommand(address, ['sh', '-s', '--', verb, ...args])
}

/** Runs receive.sh, whose text stands in the command so that standard input is free for the payload. */
export function receiveCommand(address: HostAddress, receive: string, args: readonly string[]): string {
  return rootCommand(address, ['sh', '-c', quoted(receive), 'receive', 'apply', ...args])
}

function rootCommand({ user }: HostAddress, words: readonly string[]): string {
  return (user === 'root' ? words : ['sh', '-c', quoted(asRoot), 'sudo', ...words]).join(' ')
}

/** One word for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
