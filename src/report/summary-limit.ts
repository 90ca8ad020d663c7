/** Of UTF-8; the runner takes 1 MiB a step, and of a longer one nothing. */
export const summaryLimit = 900_000

/** Markdown that ends in a line break. What is too long for the runner loses its end, which the log has. */
export function withinLimit(markdown: string): string {
  const text = `${markdown.replace(/\n+$/, '')}\n`
  const bytes = Buffer.from(text)
  if (bytes.length <= summaryLimit) return text
  return `${bytes.subarray(0, summaryLimit - 100).toString().replace(/\uFFFD+$/, '')}\n\n… cut off here; the log has it all.\n`
}
