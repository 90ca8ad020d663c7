/** The terms of calver.org that a date decides. A leading 0 pads to two digits. */
export const DATES = ['YYYY', 'YY', '0Y', 'MM', '0M', 'WW', '0W', 'DD', '0D'] as const
export type DatePart = (typeof DATES)[number]

/**
 * What a term is at a moment, in UTC, since runners stand all over the world; null for terms that no date decides. Where there are weeks they
 * are those of ISO 8601, and the year is the one that the week belongs to: otherwise the last days of December would be a week 1 in the past.
 */
export function dateParts(part: string, now: Date, byWeek: boolean): number | null {
  const { year, week } = isoWeek(now)
  const thisYear = byWeek ? year : now.getUTCFullYear()
  switch (part) {
    case 'YYYY': return thisYear
    case 'YY':
    case '0Y': return thisYear - 2000
    case 'MM':
    case '0M': return now.getUTCMonth() + 1
    case 'DD':
    case '0D': return now.getUTCDate()
    case 'WW':
    case '0W': return week
    default: return null
  }
}

/** Can digits be that term? Anything can be a counter. */
export function isDate(part: string, digits: string): boolean {
  const number = Number(digits)
  switch (part.at(-1)) {
    case 'Y': return part === 'YYYY' ? digits.length === 4 : digits.length <= 3
    case 'M': return number >= 1 && number <= 12
    case 'W': return number >= 1 && number <= 53
    case 'D': return number >= 1 && number <= 31
    default: return true
  }
}

function isoWeek(now: Date): { readonly year: number; readonly week: number } {
  const day = 86_400_000
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  // The Thursday of a week decides its year.
  const thursday = new Date(midnight + (4 - (now.getUTCDay() || 7)) * day)
  const year = thursday.getUTCFullYear()
  return { year, week: 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * day)) }
}
