import { bad, textFormat, type Format } from './format'
import { called, shown, type Scalar } from './tree'

const SECONDS = { s: 1, m: 60, h: 3600 } as const
const BYTES = { M: 1024 ** 2, G: 1024 ** 3 } as const

const longestTime = 24 * 3600
const leastMemory = 16 * 1024 ** 2
const mostMemory = 1024 ** 4

const textual = textFormat<number>({
  says: 'a duration', example: '30s', pattern: /^(0|[1-9][0-9]{0,5})[smh]$/,
  make: (written) => Number(written.slice(0, -1)) * SECONDS[written.slice(-1) as keyof typeof SECONDS],
  check(written) {
    const near = /^\s*(\d+)\s*(s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?)\s*$/i.exec(written)
    if (near !== null && !/^\d+[smh]$/.test(written)) {
      return bad(`must be a duration, not ${shown(written)}`, `Write \`${near[1]}${near[2]?.[0]?.toLowerCase()}\`.`)
    }
    return /^\d+$/.test(written) ? unitless(written) : undefined
  }
})

/** `30s`, `10m`, `1h` as seconds; 0 needs no unit. At most a day. */
export const duration: Format<number> = {
  ...textual,
  json: { anyOf: [textual.json, { const: 0 }] },
  read(scalar) {
    if (scalar.value === 0) return { value: 0 }
    if (typeof scalar.value === 'number') return unitless(scalar.text)
    const reading = textual.read(scalar)
    if ('problem' in reading || reading.value <= longestTime) return reading
    return bad(`is longer than a day: ${shown(scalar.text)}`, 'Write at most `24h`.')
  }
}

/** `365d` as seconds. */
export const days: Format<number> = textFormat<number>({
  says: 'a number of days', example: '365d', pattern: /^[1-9][0-9]{0,3}d$/,
  make: (written) => Number(written.slice(0, -1)) * 86_400,
  check: (written) => /^\d+$/.test(written) ? bad(`is without a unit: ${shown(written)}`, `Write \`${written}d\` for days.`) : undefined
})

/** A duration of at least a second. */
export const someTime: Format<number> = {
  ...duration,
  json: textual.json,
  read(scalar) {
    const reading = duration.read(scalar)
    return 'value' in reading && reading.value === 0 ? bad('must be a duration of at least 1s, not 0') : reading
  }
}

function unitless(number: string): ReturnType<typeof bad> {
  const whole = /^\d+$/.test(number) ? number : '30'
  return bad(`is the plain number ${shown(number, '')}, without a unit`,
    `Write \`${whole}s\` for seconds, or \`${whole}m\` for minutes.`, undefined, 'config-unit')
}

const sizeText = textFormat<number>({
  says: 'a size', example: '512M', pattern: /^[1-9][0-9]{0,6}(\.[0-9]{1,3})?[MG]$/,
  make: (written) => Math.round(Number(written.slice(0, -1)) * BYTES[written.slice(-1) as keyof typeof BYTES]),
  check(written) {
    const near = /^\s*(\d+(?:\.\d+)?)\s*([mg])(i?b)?\s*$/i.exec(written)
    if (near === null || /^\d+(\.\d+)?[MG]$/.test(written)) return undefined
    return bad(`must be a size, not ${shown(written)}`, `Write \`${near[1]}${near[2]?.toUpperCase()}\`.`)
  }
})

/** `512M`, `2G` (of 1,024) as bytes; 16M to 1024G. */
export const size: Format<number> = {
  ...sizeText,
  read(scalar) {
    if (typeof scalar.value === 'number') {
      return bad(`is the plain number ${shown(scalar.text, '')}, without a unit`, 'Write `512M` or `2G`.',
        undefined, 'config-unit')
    }
    const reading = sizeText.read(scalar)
    if ('problem' in reading || (reading.value >= leastMemory && reading.value <= mostMemory)) return reading
    return bad(`is out of bounds: ${shown(scalar.text)}`, 'Write a size from 16M to 1024G.')
  }
}

export type Wave = { readonly count: number } | { readonly percent: number }

const percentage = textFormat<Wave>({
  says: 'a percentage of the fleet or a number of targets', example: '25%', pattern: /^([1-9][0-9]?|100)%$/,
  make: (written) => ({ percent: Number(written.slice(0, -1)) })
})

/** `25%` of the fleet, or a number of targets. */
export const wave: Format<Wave> = {
  ...percentage,
  json: { anyOf: [percentage.json, { type: 'integer', minimum: 1, maximum: 1000 }] },
  read(scalar: Scalar) {
    if (typeof scalar.value !== 'number') return percentage.read(scalar)
    if (Number.isInteger(scalar.value) && scalar.value >= 1 && scalar.value <= 1000) return { value: { count: scalar.value } }
    return bad(`must be ${percentage.says}, not ${called(scalar)}`)
  }
}
