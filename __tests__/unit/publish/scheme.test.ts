import { compareVersions, readerOf, readScheme, semver, writeVersion } from '../../../src/publish/scheme'

describe('versions', () => {
  it('have the order of Semantic Versioning', () => {
    const sorted = [
      '0.9.10', '1.0.0-1', '1.0.0-2', '1.0.0-11', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11',
      '1.0.0-beta.99999999999999999999', '1.0.0-beta.x', '1.0.0-rc.1', '1.0.0-rc-1', '1.0.0', '1.0.1', '1.10.0', '2.0.0', '10.0.0',
    ]
    // In SemVer `rc` comes before `rc-1`.
    const read = sorted.map((text) => readerOf(semver)(text) ?? fail(text))
    expect(read.toReversed().sort(compareVersions).map((version) => writeVersion(semver, version))).toEqual(sorted)
  })

  it.each<readonly [scheme: string, text: string, read: string | null]>([
    ['', 'v1.2.3', '1.2.3'], ['semver', '1.2.3-rc.1', '1.2.3-rc.1'], ['SemVer', '1.2', null], ['', '1.2.3.4', null], ['', '01.2.3', null], ['', '1.2.3-', null],
    ['', '1.2.3-a..b', null], ['', '1.2.3+5', null], ['', 'V1.2.3', null], ['', '1.2.3\n', null], ['', '1.2.1234567890123456', null],
    ['YYYY.0M.MICRO', '2026.01.3', '2026.01.3'], ['YYYY.0M.MICRO', '2026.1.3', null], ['YYYY.MM.MICRO', '2026.01.3', null], ['YYYY.MM.MICRO', '26.11.0', null], ['0Y.0M.0D.MICRO', '06.01.02.3', '06.01.02.3'],
    ['YYYY-0M-0D.MICRO', '2026-01-02.3', '2026-01-02.3'], ['YYYY-0M-0D.MICRO', '2026-01-02.3-rc.1', '2026-01-02.3-rc.1'], ['YYYY-0M-0D.MICRO', '2026-01-32.3', null],
    ['YYYY.MM.MICRO', '2026x1x3', null], ['YYYY_WW_MICRO', 'v2026_53_0', '2026_53_0'], ['YYYY_WW_MICRO', '2026_54_0', null], ['YYYY.MICRO', '2026.7', '2026.7'],
  ])('%s reads %j as %j', (name, text, expected) => {
    const scheme = readScheme(name)
    const version = readerOf(scheme)(text)
    expect(version === null ? null : writeVersion(scheme, version)).toBe(expected)
  })
})

it.each(['YYYY', 'MICRO', 'YYYY.MICRO.MM', 'YYYY.DD.MICRO', 'YYYY.MM.WW.MICRO', 'YYYY.MICRO.MINOR', 'YYYY.MAJOR.MICRO', 'YYYY..MICRO', 'YYYY.MM.MICRO.', 'yyyy.mm.micro', '1.2.3'])(
  'is no scheme: %s', (text) => {
    expect(() => readScheme(text)).toThrow(/is no scheme of versions/)
  },
)
