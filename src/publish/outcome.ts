/** What a run made public, or would: plain data, fit for JSON. */
export interface PublicationOutcome {
  /** Null: none was asked for, or none was come to. */
  readonly tag: {
    readonly name: string
    readonly commit: string
    /** Why this one, in a line. */
    readonly reason: string
    /** `none`: the run ended before it. */
    readonly state: 'made' | 'there' | 'planned' | 'none'
  } | null
  readonly release: {
    /** `unchanged`: it was published before. `none`: the run ended before it, or GitHub could not be asked. */
    readonly state: 'published' | 'unchanged' | 'draft' | 'planned' | 'none'
    /** Empty unless it is published. */
    readonly url: string
    /** Names as they are in the Release. */
    readonly files: readonly string[]
    /** Markdown, as it was made. */
    readonly notes: string
    readonly latest: boolean
    readonly prerelease: boolean
    /** Why it is not published, and what publishes it; empty when nothing is to be said. */
    readonly why: string
    /** What to add to the workflow, in YAML; empty: nothing. */
    readonly job: string
  } | null
  readonly deployment: {
    readonly environment: string
    readonly id: number | null
    /** `none`: GitHub has not been told. */
    readonly state: 'success' | 'failure' | 'inactive' | 'planned' | 'none'
  } | null
  /** What was asked for and does not apply, a sentence each. */
  readonly notices: readonly string[]
}
