export const LINE_LIMIT = 1024 * 1024

/** Cuts bytes into lines. UTF-8 is decoded a whole line at a time, so a character on a chunk's border stays whole. */
export class LineCutter {
  private pending: Buffer[] = []
  private pendingBytes = 0
  private readonly tooLong: () => Error

  constructor(tooLong: () => Error) {
    this.tooLong = tooLong
  }

  /** The lines that this piece completes, without their `\n` or `\r\n`. Throws when one is over the limit. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.keep(chunk.subarray(from, at))
      lines.push(this.take())
      from = at + 1
    }
    this.keep(chunk.subarray(from))
    return lines
  }

  /** What is left when the stream ends without a line end; null when nothing is. */
  rest(): string | null {
    return this.pendingBytes === 0 ? null : this.take()
  }

  private keep(piece: Buffer): void {
    this.pendingBytes += piece.length
    if (this.pendingBytes > LINE_LIMIT) throw this.tooLong()
    if (piece.length > 0) this.pending.push(piece)
  }

  private take(): string {
    const line = Buffer.concat(this.pending).toString('utf8')
    this.pending = []
    this.pendingBytes = 0
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
}
