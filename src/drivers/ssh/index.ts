/** The SSH driver: one verified TCP connection to a host, with programs and sockets on it. */
export { addressText, hostText, parseHosts, type HostAddress } from './address'
export { connect } from './connection'
export { parseKnownHosts, type KnownHost } from './known-hosts'
export { readPrivateKey, type PrivateKey } from './private-key'
export type {
  Channel, ConnectOptions, Counters, ExecOptions, ExecResult, Exit, SshConnection, SshCredentials,
} from './types'
