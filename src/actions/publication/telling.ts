/** Where a publication tells what it does, as it does it. */
export interface Telling {
  /** A line of the log: a word of at most ten letters, and what of. */
  row(word: string, text: string): void
  /** Something that could not be, and fails nothing. */
  warn(text: string): void
}
