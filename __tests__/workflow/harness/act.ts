import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { node24 } from '../../host/harness/action'
import { root, run } from '../../host/harness/command'
import type { Repository } from '../../host/harness/repository'
import { workflowProgram } from './programs'
import { placeholder, publish, readableByAct, usedBy } from './published'
import { writeStandIns } from './stand-ins'

export interface WorkflowOptions {
  /** The checkout: what is at its HEAD is what the event is of. */
  readonly repository: Repository
  readonly event: 'push' | 'workflow_dispatch' | 'pull_request' | 'schedule'
  /** `refs/tags/v1.0.0`. Default: main. */
  readonly ref?: string
  /** Of the event, beside ref and repository. */
  readonly payload?: object
  /** Of workflow_dispatch, as a person gives them. */
  readonly inputs?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** Of the runner. */
  readonly env?: Readonly<Record<string, string>>
  /** Folders that a runner has on its PATH. */
  readonly path?: readonly string[]
  /** The workflow itself. Default: the one of that name among workflows-examples. */
  readonly text?: string
  /** Changes the workflow, as somebody does who copies it. */
  readonly change?: (workflow: string) => string
}

export interface WorkflowRun {
  readonly succeeded: boolean
  /** All that it printed, jobs and steps in front. */
  readonly log: string
  /** By the name of the job; those that were left out are not there. */
  readonly jobs: Readonly<Record<string, string>>
  /** By step: what it wrote for people, in the order of the run. */
  readonly summaries: readonly string[]
}

interface Line {
  readonly msg?: string
  readonly job?: string
  readonly jobID?: string
  readonly step?: string
  readonly jobResult?: string
  readonly command?: string
  readonly content?: string
}

/** A folder of its own with what act is told by files; others cannot read it, for secrets are among it. */
class Room implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-workflow-'))

  place(...parts: readonly string[]): string {
    const path = join(this.folder, ...parts)
    mkdirSync(dirname(path), { recursive: true })
    return path
  }

  /** YAML, as JSON: a value may have lines. */
  values(name: string, values: object): string {
    const file = this.place(`${name}.yml`)
    writeFileSync(file, JSON.stringify(values), { mode: 0o600 })
    return file
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Runs one of workflows-examples, or another workflow, by act on this machine, Slipway taken from this checkout. Nothing is asked of GitHub. */
export async function runWorkflow(name: string, options: WorkflowOptions): Promise<WorkflowRun> {
  const { repository, event, secrets = {}, vars = {}, env = {}, inputs = {}, path = [], change = (whole: string) => whole, text } = options
  using room = new Room()
  const workflow = readableByAct(change(text ?? readFileSync(join(root, 'workflows-examples', name), 'utf8')))
  writeFileSync(room.place(name), workflow)
  const published = room.place('slipway')
  publish(published)
  const called = usedBy(workflow).flatMap((uses) => {
    const [, file] = /^OWNER\/slipway\/(\.github\/workflows\/[^@]+)@/.exec(uses) ?? []
    return file === undefined ? [] : usedBy(readFileSync(join(published, file), 'utf8'))
  })
  const local = [
    `${placeholder.repository}@${placeholder.commit}=${published}`,
    ...writeStandIns(room.place('stand-ins'), [...usedBy(workflow), ...called]),
  ]
  const home = room.place('home', '.actrc')
  writeFileSync(home, ['ubuntu-latest', 'self-hosted'].map((label) => `-P ${label}=-self-hosted\n`).join(''))
  const ended = await run(await workflowProgram('act'), [
    event, '--json', '--workflows', room.place(name), '--eventpath', room.values('event', payloadOf(options)),
    '--secret-file', room.values('secrets', secrets), '--var-file', room.values('vars', vars), '--env-file', room.values('env', {
      GITHUB_REPOSITORY: 'ada/shop', GITHUB_REPOSITORY_OWNER: 'ada', GITHUB_RUN_ID: String(Date.now()), SLIPWAY_TEST_ARTIFACTS: room.place('artifacts'), ...env,
    }),
    '--input-file', room.values('inputs', inputs), '--actor', 'ada', '--github-instance', '127.0.0.1:9', '--no-cache-server',
    '--action-cache-path', room.place('cache'), ...local.flatMap((one) => ['--local-repository', one]),
  ], {
    cwd: repository.path, timeout: 280_000,
    env: {
      ...kept(), HOME: dirname(home), XDG_CACHE_HOME: room.place('home', 'cache'), ACT_DISABLE_VERSION_CHECK: '1',
      PATH: [dirname(await node24()), ...path, process.env['PATH']].join(delimiter),
    },
  })
  return told(ended.code === 0, ended.stdout, ended.stderr)
}

// What act has in its environment, steps have too: of this machine's only what finds programs and certificates.
const kept = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/.test(name)))

const payloadOf = ({ ref = 'refs/heads/main', payload = {}, inputs }: WorkflowOptions): object => ({
  ref, repository: { full_name: 'ada/shop', name: 'shop', owner: { login: 'ada' }, default_branch: 'main' },
  ...(inputs === undefined ? {} : { inputs }), ...payload,
})

function told(succeeded: boolean, stdout: string, stderr: string): WorkflowRun {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line)
  return {
    succeeded,
    log: [...lines.map(({ job = '', step = '', msg = '' }) => `${job} | ${step} | ${msg.trimEnd()}`), stderr].join('\n'),
    jobs: Object.fromEntries(lines.flatMap(({ jobID, job = '', jobResult }) => jobResult === undefined ? [] : [[jobID ?? job, jobResult]])),
    summaries: lines.flatMap(({ command, content = '' }) => command === 'summary' ? [content] : []),
  }
}
