import { readPrivateKey } from '../../drivers/ssh'
import { collecting, Failure, throwAll } from '../../errors'
import type { RunContext } from '../run-context'
import type { PublicationInputs, PublicationStep } from './inputs'

/** What a run is to make public, once what does not apply to it is left out. */
export interface Asked {
  /** Null: the version is the one that the run or its ref names. */
  readonly naming: { readonly kind: 'tag'; readonly tag: string } | { readonly kind: 'bump'; readonly bump: Exclude<PublicationInputs['bump'], 'none'>; readonly preRelease: string } | null
  /** Paths of files, as they were given; `due`: another job has them. Null: no Release. */
  readonly release: { readonly files: readonly string[]; readonly due: boolean } | null
  readonly deployment: boolean
  readonly signingKey: string | null
  /** What was given and does not apply, a sentence each. */
  readonly notices: readonly string[]
}

/** Throws all that contradicts itself or cannot be: `publication-not-together`, `github-token-missing`, `outside-of-github`, those of a private key. */
export function readAsked(step: PublicationStep, context: RunContext): Asked {
  const { operation, version } = step
  const names = given(step)
  if (operation !== 'deploy' && operation !== 'publish') {
    const none = `${listed(names)} ${names.length === 1 ? 'does' : 'do'} not apply to \`operation: ${operation}\`: no version is made public by it.`
    return { naming: null, release: null, deployment: false, signingKey: null, notices: [none] }
  }
  const failures: Failure[] = contradictions(step)
  const named = version === null
  const { tag, bump, preRelease, signingKey } = step
  const naming = !named ? null : tag !== null ? { kind: 'tag', tag } as const
    : bump !== 'none' ? { kind: 'bump', bump, preRelease: preRelease ?? '' } as const : null
  if (signingKey !== null) failures.push(...unfit(signingKey))
  if (step.githubToken === null) failures.push(noToken(names))
  if (context.repository === '') failures.push(outside(names))
  throwAll(failures)
  const notices = [...notApplying(step, names)]
  const jobs = step.jobTotal ?? 1
  const leaves = operation === 'deploy' && jobs > 1 && step.releaseFiles.length > 0
  if (leaves) notices.push(`\`release-files\` are left to the job that publishes: of ${jobs} jobs each would put its own in the place of another's. Give them to that one.`)
  return {
    naming, release: step.githubRelease || operation === 'publish' ? { files: leaves ? [] : step.releaseFiles, due: leaves } : null,
    deployment: step.githubDeployment && operation === 'deploy', signingKey, notices,
  }
}

function notApplying({ operation, version, tag, bump }: PublicationStep, names: readonly string[]): readonly string[] {
  const naming = ['tag', 'bump', 'pre-release', 'signing-key']
  const making = ['github-deployment', 'signing-key']
  const groups: readonly (readonly [readonly string[], string])[] = [
    [version === null ? [] : naming, `\`version: ${version}\` says which it is.`],
    [operation === 'publish' ? making.filter((name) => version === null || !naming.includes(name)) : [], 'what is published has been tagged and deployed.'],
    [operation === 'deploy' && version === null && tag === null && bump === 'none' ? ['signing-key'] : [], 'no tag is made.'],
  ]
  return groups.flatMap(([idle, why]) => {
    const found = names.filter((name) => idle.includes(name))
    return found.length === 0 ? [] : [`${listed(found)} ${found.length === 1 ? 'does' : 'do'} not apply: ${why}`]
  })
}

/** What is wrong with a key that is to sign. */
function unfit(key: string): readonly Failure[] {
  const failures: Failure[] = []
  collecting(failures, () => readPrivateKey(key, undefined, 'signing-key'))
  // There is an input for the passphrase of the key that logs in, and none for this one.
  return failures.map((failure) => failure.code !== 'ssh-key-passphrase-missing' ? failure : new Failure({
    code: 'signing-key-passphrase', what: 'The private key in `signing-key` has a passphrase.', why: 'Nobody is there to type it.',
    cure: 'Make a key for signing alone, without one: ssh-keygen -t ed25519 -N \'\' -f signing-key; then store it: gh secret set SIGNING_KEY < signing-key',
  }))
}

/** As they stand in the workflow. */
function given({ tag, bump, preRelease, githubRelease, releaseFiles, githubDeployment, signingKey }: PublicationInputs): readonly string[] {
  const all: readonly (readonly [string, boolean])[] = [
    ['tag', tag !== null], ['bump', bump !== 'none'], ['pre-release', preRelease !== null], ['github-release', githubRelease],
    ['release-files', releaseFiles.length > 0], ['github-deployment', githubDeployment], ['signing-key', signingKey !== null],
  ]
  return all.flatMap(([name, is]) => is ? [name] : [])
}

function contradictions({ tag, bump, preRelease, githubRelease, releaseFiles, operation, version }: PublicationStep): Failure[] {
  const failures: Failure[] = []
  const refuse = (what: string, why: string, cure: string): void => void failures.push(new Failure({ code: 'publication-not-together', what, why, cure }))
  if (version === null && tag !== null && bump !== 'none') refuse(`\`tag: ${tag}\` and \`bump: ${bump}\` are both given.`, 'One names the version, the other finds it.', 'Leave one of them out.')
  if (version === null && tag !== null && preRelease !== null) refuse(`\`tag: ${tag}\` and \`pre-release: ${preRelease}\` are both given.`, 'A tag that is given says all of the version.', `Leave \`pre-release\` out, or find the version by \`bump: auto\`.`)
  if (version === null && tag === null && bump === 'none' && preRelease !== null) refuse(`\`pre-release: ${preRelease}\` is given without \`bump\`.`, 'It is a pre-release of the next version, and none is looked for.', 'Add `bump: auto`, or `patch`, `minor` or `major`.')
  if (releaseFiles.length > 0 && !githubRelease && operation === 'deploy') refuse('`release-files` is given without `github-release`.', 'There is no Release that would have them.', 'Add `github-release: true`, or leave `release-files` out.')
  return failures
}

function noToken(names: readonly string[]): Failure {
  return new Failure({
    code: 'github-token-missing', what: `The input \`github-token\` is empty, and ${listed(names)} ${names.length === 1 ? 'needs' : 'need'} it.`,
    cure: 'Leave `github-token` out of the step: its default is the token of the job.',
  })
}

function outside(names: readonly string[]): Failure {
  return new Failure({
    code: 'outside-of-github', what: `${listed(names)} ${names.length === 1 ? 'is' : 'are'} given, and this run belongs to no repository at GitHub.`,
    why: 'GITHUB_REPOSITORY is not set.', cure: 'Run it in a workflow of the repository, or leave that out.',
  })
}

function listed(names: readonly string[]): string {
  const all = names.length === 0 ? ['`operation: publish`'] : names.map((name) => `\`${name}\``)
  return all.length === 1 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`
}
