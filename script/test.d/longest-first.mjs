// In which order files of tests begin: those that take minutes first, or the last of them would be waited for alone.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import Sequencer from '@jest/test-sequencer'

const longest = [
  'host/practice/', 'host/installers', 'host/schedule', 'host/setup-vm', 'host/supervisors', 'host/firewall', 'host/tls/', 'host/faults', 'host/torture', 'docker/torture',
]

const root = join(import.meta.dirname, '..', '..')
const nobody = longest.filter((part) => globSync([`__tests__/${part}*`, `__tests__/${part}**/*`].map((all) => `${all}.test.ts`), { cwd: root }).length === 0)
if (nobody.length > 0) throw new Error(`longest-first.mjs names what no test is called any more: ${nobody.join(', ')}. Write its name as it is now`)

const rank = ({ path }) => {
  const found = longest.findIndex((part) => path.includes(`__tests__/${part}`))
  return found === -1 ? longest.length : found
}

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other))
  }
}
