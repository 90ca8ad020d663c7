// In which order files of tests begin: those that take minutes first, or the last of them would be waited for alone.
import Sequencer from '@jest/test-sequencer'

const longest = [
  'host/practice/', 'host/installers', 'host/schedule', 'host/setup-vm', 'host/supervisors', 'host/firewall', 'host/tls/', 'host/faults',
]

const rank = ({ path }) => {
  const found = longest.findIndex((part) => path.includes(`__tests__/${part}`))
  return found === -1 ? longest.length : found
}

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other))
  }
}
