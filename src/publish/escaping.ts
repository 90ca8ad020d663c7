/**
 * Text of commits as Markdown that means what it says: no HTML, no image, no link that it does not show, nobody called. GitHub looks for names and numbers
 * in what the Markdown has become, so that a backslash before `@` or `#` is none there; an empty comment parts them and cannot be seen.
 */
export function prose(text: string, issue: (number: string) => string): string {
  const parts = visible(text).split('`')
  // Backticks in pairs are code, where GitHub looks for nothing; one that is left over is a character.
  if (parts.length % 2 === 0) return plain(parts.join('\''), issue)
  return parts.map((part, index) => index % 2 === 0 ? plain(part, issue) : code(part)).join('')
}

/** Text of somebody's in which nothing is a link: a name. */
export function words(text: string): string {
  return plain(visible(text).replaceAll('`', '\''), (number) => `#<!---->${number}`)
}

const special = /(https?:\/\/[\w.~:/?#=&%+,;-]+[\w/])|(?<![\w/])#(\d{1,9})\b|[\\*_[\]|~!$<>&@#]|^[-+]|^(\d+)\./g

function plain(text: string, issue: (number: string) => string): string {
  return text.replace(special, (found: string, url: string | undefined, number: string | undefined, listed: string | undefined) => {
    if (url !== undefined) return `<${url}>`
    if (number !== undefined) return issue(number)
    if (listed !== undefined) return `${listed}\\.`
    if (found === '@' || found === '#') return `${found}<!---->`
    return found === '&' ? '&amp;' : found === '<' ? '&lt;' : found === '>' ? '&gt;' : `\\${found}`
  })
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

/** One line, without what a browser would act on: control characters, and those that turn the direction of reading. */
function visible(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => /\s/.test(character) ? ' ' : character === '\u200d' ? character : '').trim()
}
