import type { HostAddress } from '../../../drivers/ssh'

/** Runs setup.sh, which comes on standard input; the arguments are safe to stand bare (see `wantedArguments`). */
export function scriptCommand(address: HostAddress, verb: 'check' | 'confirm' | 'undo', args: readonly string[]): string {
  return [asRoot(address), 'sh -s --', verb, ...args].filter(Boolean).join(' ')
}

/** Runs receive.sh, whose text stands in the command so that standard input is free for the payload. */
export function receiveCommand(address: HostAddress, receive: string, args: readonly string[]): string {
  return [asRoot(address), 'sh -c', quoted(receive), 'receive apply', ...args].filter(Boolean).join(' ')
}

const asRoot = ({ user }: HostAddress): string => (user === 'root' ? '' : 'sudo -n')

/** One word for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
