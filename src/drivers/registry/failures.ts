import { Failure } from '../../errors'
import type { RegistryError } from './attempts'
import type { ImageName } from './name'

/** What was asked of the registry, after "to": `list its tags`. */
export type Doing = string

/** Why a registry did not do it, and what helps. */
export function registryFailure({ registry, path, text }: ImageName, doing: Doing, error: RegistryError, known: boolean): Failure {
  const what = (code: string, middle: string, why: string, cure: string): Failure =>
    new Failure({ code, what: `The registry ${registry} ${middle} (to ${doing} of ${path}).`, why, cure })
  const { status, said, message } = error
  if (status === 401) {
    return known
      ? what('registry-unauthorized', `does not take these credentials: ${message}`, 'The password or token is wrong, has run out, or belongs to somebody else.',
        'Check `registry-username` and `registry-password`, or the login step before this one, and that the token has not run out.')
      : what('registry-unauthorized', `wants to know who asks: ${message}`, 'No credentials are given, and no earlier step has logged in there.',
        `Give \`registry-username\` and \`registry-password\`, or log in to ${registry} by a step before. Secrets are empty in runs of forks and of Dependabot.`)
  }
  if (status === 403) {
    return what('registry-forbidden', `does not allow it: ${message}`, `The credentials are good, and may not do this with ${text}.`,
      `Give their user the right to push to ${text}; with GitHub's own token, add \`permissions: { packages: write }\` to the job.`)
  }
  if (status === 404) {
    return what('registry-not-found', 'does not find it', 'There is no such repository, or these credentials may not see it.',
      `Check the input \`image\`; some registries want ${path} to be made before anything is pushed.`)
  }
  if (status === 429) {
    return what('registry-rate-limit', `takes no more requests for now: ${message}`, 'It counts requests, fewer of those who are not logged in.',
      known ? 'Run the job again later.' : 'Log in to it, or run the job again later.')
  }
  if (status === 507 || /no space|quota|storage/i.test(said)) {
    return what('registry-full', `has no room: ${message}`, '', 'Remove old images there, or raise its quota, and run the job again.')
  }
  if (status === 0 || error.passing) {
    return what('registry-unreachable', `could not be asked: ${message}`, 'It was tried several times.',
      'Run the job again; if it goes on, check the name, and that this runner reaches it.')
  }
  return what('registry-refused', `refused: ${message}`, '', 'Look at what it says; with another registry in between (a proxy, a cache), push to the real one.')
}
