import fc from 'fast-check'
import { parseUpdates, wantedOf } from '../../../src/actions/git-push/refs'
import { parseLog, parseTags } from '../../../src/drivers/git/log'
import { pathFailures } from '../../../src/release/paths'
import { linkFailures } from '../../../src/release/links'
import { submoduleNames } from '../../../src/release/submodules'
import { parsePointer } from '../../../src/release/lfs'
import { claim, surfaceOf } from '../surface'
import { mutated, text, word } from '../texts'

const id = (digit: string): string => digit.repeat(40)
const log = `commit ${id('a')}\n${id('b')} ${id('c')}\0Ada\0ada@example.com\0feat: a\n\nbody\n\0\ncommit ${id('b')}\n\0Eve\0\0x\0\n`
const updates = `${id('0')} ${id('a')} refs/tags/v1.4.2\n${id('b')} ${id('a')} refs/heads/main\n`
const path = fc.oneof(fc.constantFrom('a', 'a/b', '.git/x', '../a', '/a', 'a//b', 'a\nb', '-oProxyCommand=x', 'b'), word, text)

/** What Git prints, what it tells a hook, and the paths and links of a commit. */
export const surface = surfaceOf({
  inputs: fc.record({ log: fc.oneof(mutated([log]), text), updates: fc.oneof(mutated([updates]), text), branch: fc.oneof(fc.constant('main'), text), paths: fc.array(path, { maxLength: 4 }), links: fc.dictionary(path, path, { maxKeys: 3 }), other: text }),
  attempt({ log, updates, branch, paths, links, other }) {
    for (const commit of parseLog(Buffer.from(log), null)) claim(/^[0-9a-f]*$/.test(commit.id), 'a commit has another id:', commit.id)
    parseTags(Buffer.from(log))
    submoduleNames(other)
    parsePointer(other)
    const wanted = wantedOf(parseUpdates(updates), branch)
    if (wanted !== null) claim(/^[0-9a-f]{40,64}$/.test(wanted.wanted.id) && !/[\0\n]/.test(wanted.wanted.ref), 'a ref was taken:', wanted)
    const failures = [...pathFailures(paths.map((one) => ({ path: one, mode: '100644', key: `git:${id('a')}`, size: 1 }))), ...linkFailures(new Map(Object.entries(links)))]
    if (failures.length > 0) return failures
    for (const one of paths) claim(!one.startsWith('/') && one.split('/').every((part) => part !== '' && part !== '..' && part !== '.git'), 'a path was taken:', one)
    return undefined
  },
})
