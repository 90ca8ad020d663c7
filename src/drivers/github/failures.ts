import { Failure, type FailureDetails } from '../../errors'
import type { Answer } from './exchange'
import { shapeOf } from './shape'

/** What is asked of GitHub. */
export interface Doing {
  /** After "to": `list the releases`. */
  readonly what: string
  /** What `permissions:` of the job must hold for it: `contents: write`. */
  readonly needs: string
}

/** One entry of `errors` in an answer of HTTP 422. */
export interface Objection {
  readonly resource?: string
  readonly code?: string
  readonly field?: string
  readonly message?: string
}

const isObjection = (said: unknown): said is Objection => shapeOf<Objection>({ resource: 'string?', code: 'string?', field: 'string?', message: 'string?' })(said)

/**
 * GitHub did not do it. Codes: `github-unreachable`, `github-rate-limit`, `github-forbidden`, `github-not-found`, `github-refused`.
 */
export class GitHubFailure extends Failure {
  /** 0: no answer. */
  readonly status: number
  readonly objections: readonly Objection[]
  /** GitHub cannot do it now, whoever asks. */
  readonly outage: boolean
  /** It may have been done all the same: look before asking again. */
  readonly unsure: boolean

  constructor(details: FailureDetails, { status, left, said }: Answer, outage: boolean) {
    super(details)
    this.status = status
    this.objections = objectionsOf(said)
    this.outage = outage
    this.unsure = left && (status === 0 || status >= 500 || details.code === 'github-unreachable')
  }

  /** What answers is JSON, but not GitHub's. */
  static ofOtherAnswer(doing: Doing, where: { readonly repository: string; readonly apiUrl: string }): GitHubFailure {
    return failureOf({ status: 200, headers: {}, said: undefined, reason: '', left: true }, doing, where, null)
  }

  /** Is one of what it objects to this code, of this field where one is given? */
  objects(code: string, field?: string): boolean {
    return this.objections.some((one) => one.code === code && (field === undefined || one.field === field))
  }
}

/** `pause`: milliseconds that GitHub's limit asks to wait; null: it is no limit. */
export function failureOf(
  answer: Answer, { what, needs }: Doing, { repository, apiUrl }: { readonly repository: string; readonly apiUrl: string },
  pause: number | null,
): GitHubFailure {
  const { status, said } = answer
  const why = wordsOf(answer)
  const failure = (code: string, text: string, reason: string, cure: string, outage = false): GitHubFailure =>
    new GitHubFailure({ code, what: text, why: reason, cure }, answer, outage)
  if (pause !== null) {
    return failure('github-rate-limit', `GitHub's rate limit is reached, so it did not ${what} of ${repository} (HTTP ${status}).`,
      `${why} It asks to wait for ${Math.ceil(pause / 1000)} s.`.trimStart(), 'Run the job again later; fewer runs at once share the limit of the repository better.', true)
  }
  if (status === 401) {
    return failure('github-forbidden', `GitHub does not take the token (to ${what} of ${repository}, HTTP 401).`, why,
      `Leave \`github-token\` at its default, and give the job \`permissions: { ${needs} }\`; a token of your own may have run out.`)
  }
  if (status === 403) {
    return failure('github-forbidden', `GitHub does not let this job ${what} of ${repository} (HTTP 403).`, why,
      `Add \`permissions: { ${needs} }\` to the job. Runs of forks and of Dependabot have a token that only reads.`)
  }
  if (status === 404) {
    return failure('github-not-found', `GitHub does not find it, or does not show it to this job (to ${what} of ${repository}, HTTP 404).`, '',
      `Add \`permissions: { ${needs} }\` to the job; of a private repository, what a token may not read is not there for it.`)
  }
  if (status === 0 || status >= 500 || said === undefined) {
    const reason = status === 0 ? answer.reason : status >= 500 ? `it answered HTTP ${status}${why === '' ? '' : `: ${why}`}` : 'it answered with something else'
    return failure('github-unreachable', `GitHub at ${apiUrl} could not be asked to ${what}: ${reason}.`, '',
      'Run the job again; on a self-hosted runner, check that it reaches that address.', true)
  }
  return failure('github-refused', `GitHub refused to ${what} of ${repository} (HTTP ${status}).`, why, 'Correct what it says, and run the job again.')
}

/** What GitHub says of a failure: its message, and what it objects to. */
function wordsOf({ said }: Answer): string {
  const message = typeof said === 'object' && said !== null && 'message' in said && typeof said.message === 'string' ? said.message : ''
  const objections = objectionsOf(said).map(({ message: text, field, code }) => text ?? [field, code].filter(Boolean).join(' '))
  return [message, ...objections].filter(Boolean).join(': ').split('\n').join(' ').slice(0, 300)
}

function objectionsOf(said: unknown): readonly Objection[] {
  const { errors } = (said ?? {}) as { errors?: unknown }
  return Array.isArray(errors) ? errors.filter(isObjection) : []
}
