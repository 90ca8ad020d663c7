import { publishedRelease } from '../../drivers/github'
import { Failure, failuresOf } from '../../errors'
import { publishRelease, type GitHubRelease, type WantedRelease } from '../../publish/github-release'
import { notesOf } from '../../publish/notes'
import type { PublicationOutcome } from '../../publish/outcome'
import { assetName } from '../../publish/release-files'
import { resolveCommit, versionOf } from '../../release'
import { noticeCommand, print } from '../../report/commands'
import { oneLine } from '../../report/foreign'
import { prose } from '../../report/markdown'
import { published } from '../../report/publication-summary'
import { Redactor } from '../../report/redact'
import { publicationRecord } from '../../report/report-json'
import { cancellation } from '../cancellation'
import { closeFailed, markTold, publicOutputs, setOutputs, writeSummary, type Alongside } from '../closing'
import { refuseStrangers, runContext, type RunContext } from '../run-context'
import { Source } from '../source'
import { readAsked } from './asked'
import { closeNothing } from './closing-nothing'
import { filesAt } from './files'
import { repositoryAtGitHub } from './github'
import type { PublicationStep } from './inputs'
import { madeEarlier } from './naming'
import { NothingToRelease } from './nothing'

interface Published {
  readonly app: string
  readonly version: string
  readonly commit: string
  readonly outcome: PublicationOutcome
}

/** `operation: publish`: what jobs before this one have tagged, drafted and deployed becomes public. It reaches no host. Throws only bugs. */
export async function publish(step: PublicationStep, alongside?: Alongside): Promise<void> {
  const redactor = new Redactor([step.githubToken, step.signingKey].filter((secret) => secret !== null))
  const cancelled = cancellation(() => process.exit(1))
  try {
    const context = runContext(process.env)
    refuseStrangers(context, process.env)
    const done = await make(step, context, cancelled.signal, redactor)
    await tell(done, step.dryRun, redactor, alongside)
  } catch (error) {
    if (error instanceof NothingToRelease) return await closeNothing(error, redactor, alongside)
    const failures = cancelled.signal.aborted ? [cutOff()] : failuresOf(error)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor, false, alongside)
  } finally {
    cancelled.end()
  }
}

async function make(step: PublicationStep, context: RunContext, signal: AbortSignal, redactor: Redactor): Promise<Published> {
  const asked = readAsked(step, context)
  for (const notice of asked.notices) print(noticeCommand(oneLine(notice, redactor), { title: 'not-applied' }))
  await using source = await Source.open(step, context, signal)
  const { git } = source.checkout
  const { ref, sha } = context
  const found = await resolveCommit(git, { version: step.version ?? '', ref, sha }, async (commit) => (await source.configOf(commit)).config.tagPrefix)
  const located = await source.configOf(found.commit)
  if (step.version !== null && found.tag === null) throw new NothingToRelease(located.config.app, `there is no Release of ${found.commit.slice(0, 12)}, which has no tag`, asked.notices)
  const { tag, release } = await madeEarlier(git, found, located, asked, step.preRelease ?? '', new Date())
  const { changes, previous, isPreRelease: prerelease, isLatest: latest, reason } = release
  const version = versionOf({ ...found, tag }, located.config.tagPrefix)
  const notes = notesOf({ changes, tag, previous: previous?.tag ?? null, server: context.serverUrl, repository: context.repository })
  const { notice, ...files } = await filesAt(git, found.commit, tag, { files: step.releaseFiles, due: false })
  if (notice !== null) print(noticeCommand(oneLine(notice, redactor), { title: 'not-applied' }))
  const wanted: WantedRelease = { tag, commit: found.commit, name: tag, notes, prerelease, ...files }
  const made = step.dryRun ? null : await publishedOf(wanted, latest, step, context, signal, redactor)
  const state = made === null ? 'planned' as const : made.status
  return {
    app: located.config.app, version, commit: found.commit,
    outcome: {
      tag: { name: tag, commit: found.commit, reason, state: 'there' },
      release: { state, url: made?.url ?? '', files: wanted.files.map(assetName), notes, latest, prerelease, why: '', job: '' },
      deployment: null, notices: [...asked.notices, ...notice === null ? [] : [notice]],
    },
  }
}

/** Nothing else is done here: that GitHub does not answer is a failure of the job. */
async function publishedOf(wanted: WantedRelease, latest: boolean, { githubToken, version }: PublicationStep, context: RunContext, signal: AbortSignal, redactor: Redactor): Promise<GitHubRelease> {
  const github = repositoryAtGitHub(context, githubToken ?? '', redactor, signal)
  // One that is named may have been released long ago: its files are what they are.
  const out = version === null ? null : await publishedRelease(github, wanted.tag)
  if (out !== null) return { status: 'unchanged', id: out.id, url: out.url }
  const result = await publishRelease(github, wanted, latest)
  if (result.status === 'untold') throw result.notice
  if (result.status === 'draft') throw new Failure({ code: 'release-draft', what: `The Release ${wanted.tag} is still a draft.`, cure: 'Run the job again.' })
  return result
}

/** Nobody knows how far it had got, and doing it again finds out. */
function cutOff(): Failure {
  return new Failure({ code: 'cancelled', what: 'The job was cancelled.', why: 'The Release is published, or is still the draft that it was.', cure: 'Run it again: it finds what is there, and goes on.' })
}

async function tell({ app, version, commit, outcome }: Published, dryRun: boolean, redactor: Redactor, alongside: Alongside | undefined): Promise<void> {
  const state = outcome.release?.state
  const status = dryRun ? 'planned' : state === 'unchanged' ? 'unchanged' : 'published'
  const said = `${app} ${version} ${dryRun ? 'would be published' : state === 'unchanged' ? 'was published before: nothing changed' : 'is published'}`
  const icon = dryRun ? '📋' : '✅'
  print(`${icon} ${oneLine(said, redactor)}${outcome.release?.url ? `: ${oneLine(outcome.release.url, redactor)}` : ''}`)
  const changed = String(status === 'published')
  const report = { schema: 1, status, changed: status === 'published', version, commit, failures: [], publication: publicationRecord(outcome), ...alongside?.report }
  const outputs = { status, changed, version, commit, ...publicOutputs(outcome), report: JSON.stringify(redactor.deep(report)) }
  await setOutputs(outputs, redactor)
  await writeSummary([`## ${icon} ${prose(said, redactor)}\n\n${published(outcome, redactor)}\n`, alongside?.summary ?? ''].filter(Boolean).join('\n'))
  await markTold()
}
