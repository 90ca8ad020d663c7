import type { WantedHelm } from '../../drivers/helm'
import { Failure, nearest } from '../../errors'

/** `3`, `4`, `3.21.4`, `4.2.4@sha256:HEX`. Throws a `Failure`: `helm-version`. */
export function parseHelmVersion(text: string): WantedHelm {
  const refuse = (what: string, cure: string, why = ''): Failure => new Failure({ code: 'helm-version', what: `The input \`helm-version\` is \`${shown(text)}\`, ${what}.`, why, cure })
  const [, named = '', at, checksum = ''] = /^v?([^@]*)(@(.*))?$/s.exec(text) ?? []
  const [, major, rest, pre = ''] = /^(\d+)(\.\d+\.\d+)?(-[0-9A-Za-z.-]+)?$/.exec(named) ?? []
  if (major === undefined) {
    if (/^\d+\.(\d+|x)(\.x)?$/.test(named)) throw refuse('which names no one version', `Write \`helm-version: ${named.split('.')[0] ?? '4'}\` for any of them, or all three numbers: \`helm-version: ${named.split('.').slice(0, 2).join('.').replace(/x$/, '0')}.0\`.`)
    const near = nearest(named, ['latest', 'stable'])
    throw refuse('which is no version of Helm', `Write \`helm-version: 4\`, \`3\`, or one version: \`4.2.4\`.${near === undefined ? '' : ' What the latest is changes; a run is to be the same tomorrow.'}`)
  }
  if (major !== '3' && major !== '4') throw refuse('and this works with Helm 3 and 4', 'Write `helm-version: 3` or `helm-version: 4`.')
  if (rest === undefined && (pre !== '' || at !== undefined)) throw refuse('which has a checksum, and stands for many versions', `Write the version that it is of: \`${major}.0.0@sha256:…\`.`, 'A checksum is of one archive.')
  const sha256 = /^sha256:([0-9a-f]{64})$/i.exec(checksum)?.[1] ?? null
  if (at !== undefined && sha256 === null) throw refuse('and what stands after the `@` is no checksum', 'Write `@sha256:` and 64 hex digits, as in the file `.sha256sum` beside the archive for this runner.')
  return { major: Number(major) as 3 | 4, version: rest === undefined ? null : `${major}${rest}${pre}`, sha256: sha256?.toLowerCase() ?? null }
}

const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text).replaceAll(/[\r\n`]/g, ' ')
