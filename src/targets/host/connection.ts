import type { Channel, Counters } from '../../drivers/ssh'

/** A way to run programs on a host: SSH, or none at all where we are that host. */
export interface Connection extends AsyncDisposable {
  /** A program to talk with. */
  open(command: string): Promise<Channel>
  counters(): Pick<Counters, 'connections' | 'roundTrips' | 'bytesSent' | 'bytesReceived'>
}
