import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { root, run } from '../host/harness/command'
import { workflowProgram } from './harness/programs'
import { placeholder, workflowFiles } from './harness/published'

interface Step { readonly 'uses'?: string; readonly 'run'?: string; readonly 'with'?: Readonly<Record<string, unknown>> }
interface Job { readonly 'uses'?: string; readonly 'steps'?: readonly Step[]; readonly 'permissions'?: unknown; readonly 'timeout-minutes'?: number; readonly 'concurrency'?: unknown }
interface Workflow { readonly permissions?: unknown; readonly concurrency?: unknown; readonly jobs: Readonly<Record<string, Job>> }

const text = (file: string): string => readFileSync(join(root, file), 'utf8')
const examples = workflowFiles.filter((file) => file.startsWith('workflows-examples/'))
const ofAll = workflowFiles.map((file) => [file, parse(text(file)) as Workflow] as const)

// What actionlint does not know yet, by name: the key `queue` everywhere, and in the workflow that others call `$/…`, this repository.
const ignored = ['unexpected key "queue" for "concurrency" section']
const ignoredInCalled = [...ignored, 'specifying action "\\$/actions/[a-z-]+" in invalid format because ref is missing']

describe('the workflows for others', () => {
  it.each([['to copy', examples, ignored], ['to call', workflowFiles.filter((file) => !examples.includes(file)), ignoredInCalled]] as const)(
    'are clean for actionlint: those %s', async (_, files, ignore) => {
      expect(files).not.toEqual([])
      const { code, stdout, stderr } = await run(await workflowProgram('actionlint'), [
        '-no-color', '-oneline', '-config-file', '/dev/null', ...ignore.flatMap((one) => ['-ignore', one]), ...files,
      ])
      expect([stdout + stderr, code]).toEqual(['', 0])
    })

  it('are clean for zizmor', async () => {
    const { code, stdout, stderr } = await run(await workflowProgram('zizmor'), ['--offline', '--no-config', '--format', 'json', ...workflowFiles])
    const found = JSON.parse(stdout) as readonly { readonly ident: string; readonly desc: string }[]
    expect(found.map(({ ident, desc }) => `${ident}: ${desc}`)).toEqual([])
    expect([code, stderr.match(/completed/g)?.length]).toEqual([0, workflowFiles.length])
  })

  it('use what others wrote by the whole hash and say its version; Slipway by a placeholder', () => {
    const pinned = /^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/
    for (const file of workflowFiles) {
      for (const [, uses = ''] of text(file).matchAll(/^ *(?:- )?uses: (.*)$/gm)) {
        if (uses.startsWith('$/')) expect([file, uses]).toEqual([file, expect.stringMatching(/^\$\/actions\/[a-z-]+$/)])
        else if (uses.startsWith('OWNER/')) expect([file, uses.split('@')[1]]).toEqual([file, placeholder.commit])
        else expect([file, uses]).toEqual([file, expect.stringMatching(pinned)])
      }
    }
  })

  it('may do what they have to and no more, and end', () => {
    for (const [file, { permissions, jobs }] of ofAll) {
      expect([file, permissions]).toEqual([file, Object.keys(permissions ?? {}).length === 0 ? {} : { contents: 'read' }])
      for (const [name, job] of Object.entries(jobs)) {
        const builds = job.uses !== undefined || (job.steps ?? []).some(({ uses = '', with: inputs = {} }) => uses.includes('/build-image') || (/^OWNER\/slipway@/.test(uses) && (inputs['image'] !== undefined || inputs['push'] !== undefined)))
        const releases = (job.steps ?? []).some(({ with: inputs = {} }) => ['tag', 'bump', 'github-release'].some((input) => inputs[input] !== undefined))
        const given = Object.entries(job.permissions ?? permissions ?? {})
        const written = given.filter(([, right]) => right === 'write').map(([scope]) => scope)
        expect([file, name, written.filter((scope) => !(builds && scope === 'packages') && !(releases && scope === 'contents'))]).toEqual([file, name, []])
        if (job.uses === undefined) expect([file, name, job['timeout-minutes']]).toEqual([file, name, expect.any(Number)])
      }
    }
  })

  it('leave no credentials in the checkout, and put nothing into a script but by its environment', () => {
    for (const [file, { jobs }] of ofAll) {
      for (const step of Object.values(jobs).flatMap(({ steps = [] }) => steps)) {
        if (step.uses?.startsWith('actions/checkout@')) expect([file, step.with?.['persist-credentials']]).toEqual([file, false])
        expect([file, step.run ?? '']).toEqual([file, expect.not.stringContaining('${{')])
      }
    }
  })

  it('let runs that change something wait for each other, and drop none', () => {
    for (const [file, { concurrency, jobs }] of ofAll) {
      for (const [name, job] of Object.entries(jobs)) {
        const changes = (job.steps ?? []).some(({ uses = '', with: inputs = {} }) =>
          /\/(push-release|compose-up|helm-upgrade|setup-vm)(@|$)|^OWNER\/slipway@/.test(uses) && inputs['operation'] !== 'status' && inputs['dry-run'] !== 'true')
        if (changes) expect([file, name, job.concurrency ?? concurrency]).toEqual([file, name, { group: expect.any(String), queue: 'max' }])
      }
    }
  })
})

describe('workflows-examples/README.md', () => {
  it('lists each of them, once', () => {
    const listed = [...text('workflows-examples/README.md').matchAll(/^\| \[([\w-]+\.yml)\]\(\1\) \|/gm)].map(([, name]) => `workflows-examples/${name}`)
    expect(listed.toSorted()).toEqual(examples)
  })
})

describe('the tests here', () => {
  it('run each of them', () => {
    const tests = globSync('__tests__/workflow/*.test.ts', { cwd: root }).map(text).join('\n')
    expect(examples.filter((file) => !tests.includes(`'${basename(file)}'`))).toEqual([])
  })
})
