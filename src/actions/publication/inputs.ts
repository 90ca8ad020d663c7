/** The inputs of an action that can make a version public. */
export interface PublicationInputs {
  readonly tag: string | null
  readonly bump: 'none' | 'auto' | 'patch' | 'minor' | 'major'
  readonly preRelease: string | null
  readonly githubRelease: boolean
  readonly releaseFiles: readonly string[]
  readonly githubDeployment: boolean
  readonly signingKey: string | null
  readonly jobTotal: number | null
}

/** What else decides about it. */
export interface PublicationStep extends PublicationInputs {
  readonly operation: 'deploy' | 'rollback' | 'restart' | 'status' | 'publish'
  readonly version: string | null
  readonly dryRun: boolean
  readonly githubToken: string | null
  readonly config: string | null
  readonly environment: string | null
  readonly workingDirectory: string
}

/** Does it take the version from what lies behind the commit, so that there may be none, and no host is to be asked for anything? */
export function mayComeToNothing(step: PublicationStep | null): boolean {
  return step !== null && step.operation === 'deploy' && step.version === null && step.bump !== 'none'
}

/** Is anything of it asked for? */
export function asks({ tag, bump, preRelease, githubRelease, releaseFiles, githubDeployment, signingKey, operation }: PublicationStep): boolean {
  return operation === 'publish' || bump !== 'none' || githubRelease || githubDeployment || releaseFiles.length > 0
    || [tag, preRelease, signingKey].some((text) => text !== null)
}
