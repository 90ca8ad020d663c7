// What the benchmarks say: medians, a table for people, and a line of JSON at the end for machines.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
}

export const ms = (number) => `${Math.round(number).toLocaleString('en')} ms`

/** Rows of equal length; the first is the head. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)))
  const padded = (cell, column) => column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])
  const line = (row) => row.map(padded).join('   ')
  return [line(rows[0]), widths.map((width) => '─'.repeat(width)).join('───'), ...rows.slice(1).map(line)].join('\n')
}
