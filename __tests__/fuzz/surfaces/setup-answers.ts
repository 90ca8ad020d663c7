import fc from 'fast-check'
import { AnswerReader, readFacts } from '../../../src/targets/host/setup/answer'
import { claim, surfaceOf } from '../surface'
import { mutated, text } from '../texts'

const said = 'fact\tos\tdebian\nfact\tdisk\t100 50 /\nfact\tport-80\tnginx\nitem\tnginx\tok\tinstalled\nprogress\tx\nwarning\ta\tb\nfailed\tcode\titem\tdetail\nevidence\tapt\tE: x\narmed\tfirewall\ttoken\t60\tx\ndone\n'

/** What setup.sh says on a host, and what its login prints in between. */
export const surface = surfaceOf({
  refusesNothing: true,
  inputs: fc.record({ lines: fc.oneof({ weight: 3, arbitrary: mutated([said]) }, { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom('fact', 'item', 'armed', 'failed', 'x'), text, text, text).map((parts) => parts.join('\t')), { maxLength: 5 }).map((all) => all.join('\n')) }, { weight: 1, arbitrary: text }) }),
  attempt({ lines }) {
    const reader = new AnswerReader((progress) => claim(typeof progress === 'string', 'progress is no text'))
    for (const line of lines.split('\n')) reader.read(line)
    const { facts, items, evidence } = reader.answer
    const read = readFacts(facts)
    for (const { mount, free } of [...read.disk, ...read.inodes]) claim(mount !== '' && Number.isFinite(free), 'a disk was taken:', mount, free)
    claim(items.every(({ state }) => ['ok', 'change', 'changed'].includes(state)) && Array.isArray(evidence), 'an item is none:', items)
    return undefined
  },
})
