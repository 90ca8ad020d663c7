import fc from 'fast-check'
import { versionFailure } from '../../../src/history/version'
import { linesOf, parseVersion, versionOfTag } from '../../../src/image/version'
import { nameOfRef } from '../../../src/image/names'
import { compareVersions, readerOf, readScheme, writeVersion } from '../../../src/publish/scheme'
import { versionOf } from '../../../src/release'
import { claim, surfaceOf } from '../surface'
import { mutated, text, word } from '../texts'

const tags = ['v1.4.2', '1.4.2-rc.1', 'shop-v1.4.2', 'release/2026.11.0', '20261128.040000-0123456789ab', 'v01.2.3', '1.0.0+5', 'nightly']
const tag = fc.oneof(mutated(tags), word, text, fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.oneof(fc.constant(''), word.map((pre) => `-${pre}`))).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`))
const schemes = ['', 'semver', 'YYYY.0M.MICRO', 'YY.MM.DD.MICRO', 'YYYY.MINOR.MICRO', '0Y_WW-MICRO']

/** Tags, their prefix, the input `version`, `version-scheme`, refs that images are named after. */
export const surface = surfaceOf({
  inputs: fc.record({ tag, other: tag, prefix: fc.oneof(fc.constantFrom('', '', 'v', 'shop-', 'release/'), text), scheme: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...schemes) }, { weight: 1, arbitrary: mutated(schemes) }), committed: fc.oneof(fc.nat(2 ** 33), fc.constantFrom(0, -1, 2 ** 52)) }),
  attempt({ tag, other, prefix, scheme, committed }) {
    for (const name of [tag, other]) {
      const { kind, ...named } = nameOfRef(`refs/tags/${name}`, prefix)
      if (kind !== 'none' && 'tag' in named) claim(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(named.tag), 'a name that no registry takes:', name, named)
      const image = versionOfTag(name, prefix)
      if (image !== null) linesOf(image).forEach((line) => claim(line.holds(image), 'a version is not of its own line:', name))
    }
    if (tag !== other) distinct([`refs/tags/${tag}`, `refs/tags/${other}`, `refs/heads/${tag}`, `refs/heads/${other}`])
    const read = readerOf(readScheme(scheme))
    const [one, two] = [read(tag), read(other)]
    if (one !== null) {
      claim(writeVersion(readScheme(scheme), one) === tag.replace(/^v/, ''), 'a version is not written as it was read:', tag, scheme)
      claim(compareVersions(one, one) === 0, 'a version is not equal to itself:', tag)
    }
    if (one !== null && two !== null) claim(Math.sign(compareVersions(one, two)) === -Math.sign(compareVersions(two, one)) && Number.isFinite(compareVersions(one, two)), 'versions have no order:', tag, other)
    parseVersion(tag)
    const refused = versionFailure(tag)
    const version = versionOf({ commit: '0123456789abcdef0123456789abcdef01234567', committed, tag: committed % 3 === 0 ? null : tag }, prefix)
    claim(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(version) && !version.includes('\n'), 'a version was taken:', version)
    if (refused === null) claim(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(tag), 'a version was taken:', tag)
    return refused === null ? undefined : [refused]
  },
})

/** No two refs share a tag of an image, but for a version that is tagged with a `v` and without. */
function distinct(refs: readonly string[]): void {
  const names = new Map<string, string>()
  for (const ref of refs) {
    const name = nameOfRef(ref, '')
    if (name.kind === 'none') continue
    const before = names.get(name.tag)
    const same = (text: string): string => text.replace(/^refs\/tags\/v(?=\d)/, 'refs/tags/')
    claim(before === undefined || same(before) === same(ref), 'two refs have one name:', before, ref, name.tag)
    names.set(name.tag, ref)
  }
}
