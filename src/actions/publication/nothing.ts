/** There is no version to make of what has happened since the last one. No failure: the run is done, and green. */
export class NothingToRelease extends Error {
  override readonly name = 'NothingToRelease'
  readonly app: string
  /** A line, with words of others in it. */
  readonly reason: string
  readonly notices: readonly string[]

  constructor(app: string, reason: string, notices: readonly string[]) {
    super(reason)
    this.app = app
    this.reason = reason
    this.notices = notices
  }
}
