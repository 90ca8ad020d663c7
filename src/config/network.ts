import { isIP } from 'node:net'
import { bad, text, type Format } from './format'
import { shown } from './tree'

/** An address, or a network of them as `10.0.0.0/8`. */
export const network: Format<string> = text({
  says: 'an address or a network of addresses', example: '10.0.0.0/8', pattern: /^[0-9A-Fa-f.:]+(\/([1-9]|[1-9][0-9]|1[0-2][0-9]))?$/, longest: 49,
  check(written) {
    const said = shown(written)
    const [address = '', prefix, ...more] = written.split('/')
    const version = isIP(address)
    const bits = version === 4 ? 32 : 128
    if (version === 0 || address.includes('%') || more.length > 0) {
      return bad(`is ${said}, which is no address`, 'Write the addresses that your balancer or CDN says it comes from, e.g. `10.0.0.0/8`; names and words it may not be.')
    }
    if (prefix === undefined) return undefined
    if (!/^(0|[1-9]\d*)$/.test(prefix) || Number(prefix) > bits) {
      return bad(`is ${said}, and after the slash belongs a number from 1 to ${bits}`)
    }
    if (Number(prefix) === 0) {
      return bad(`is ${said}, all there are`, 'Write the addresses that your balancer or CDN says it comes from.',
        'Everyone could then say that he is somebody else.')
    }
    const [is, should] = [numberOf(address), masked(numberOf(address), bits, Number(prefix))]
    return is === should ? undefined : bad(`is ${said}, which begins in the middle of its network`,
      `Write \`${version === 4 ? dotted(should) : groups(should)}/${prefix}\` for all of it, or \`${address}\` for the one.`)
  }
})

const masked = (address: bigint, bits: number, prefix: number): bigint => address >> BigInt(bits - prefix) << BigInt(bits - prefix)

/** Of an address that `isIP` knows. */
function numberOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => sum << 8n | BigInt(part), 0n)
  const hex = address.replace(/[\d.]+$/, (last) => last.includes('.') ? pairs(numberOf(last)) : last)
  const [head = '', tail = ''] = hex.split('::').map((half) => half.split(':').filter(Boolean).map((group) => group.padStart(4, '0')).join(''))
  return BigInt(`0x${hex.includes('::') ? head.padEnd(32 - tail.length, '0') + tail : head}`)
}

const pairs = (address: bigint): string => `${(address >> 16n).toString(16)}:${(address & 0xffffn).toString(16)}`

const dotted = (address: bigint): string => [24n, 16n, 8n, 0n].map((shift) => address >> shift & 0xffn).join('.')

function groups(address: bigint): string {
  const all = address.toString(16).padStart(32, '0').replace(/.{4}(?!$)/g, '$&:').replace(/(^|:)0+(?=[\da-f])/g, '$1')
  return all.replace(/(:0)+$/, '::')
}
