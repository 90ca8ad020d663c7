import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codes } from '../../host/bad-input/refusal'
import { node24, runAction, type ActionRun } from '../../host/harness/action'
import { root } from '../../host/harness/command'
import { makeRepository } from '../../host/harness/repository'

const actions = ['root', 'setup-vm', 'push-release', 'compose-up', 'helm-upgrade', 'build-image']
const secret = 'swordfish-of-the-contract'
/** What is masked of an `ssh-key` that is no key, and of a kubeconfig that is none. */
const given: Readonly<Record<string, string>> = { 'ssh-key': secret, 'known-hosts': '', 'hosts': 'deploy@203.0.113.7' }
const inputsOf = (action: string): Record<string, string> => action === 'build-image' ? { 'registry-password': secret, 'image': 'x y' }
  : action === 'helm-upgrade' ? { 'registry-password': secret, 'kubeconfig': secret } : { ...given }

describe('what an action tells the runner, when it is refused', () => {
  it.each(actions)('%s: outputs, summary, annotations and state; nothing of a secret is in any of them', async (action) => {
    const run = await runAction(action, { inputs: { ...inputsOf(action), hots: secret } })
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(JSON.parse(run.outputs['report'] ?? '')).toMatchObject({ schema: 1, status: 'failed' })
    expect(codes(run)).toContain('input-unknown')
    expect(run.summary).toMatch(/^## ❌ /)
    expect(run.state).toMatchObject({ told: 'true' })
    const [mask, ...rest] = run.log.split('\n')
    expect(mask).toBe(`::add-mask::${secret}`)
    expect(rest.filter((line) => !line.startsWith('::add-mask::')).join('\n') + run.summary + JSON.stringify([run.outputs, run.state])).not.toContain(secret)
  })

  it.each(actions)('%s: what it declares as outputs are all that it sets', async (action) => {
    const run = await runAction(action, { inputs: inputsOf(action) })
    const declared = readFileSync(join(root, action === 'root' ? 'action.yml' : `actions/${action}/action.yml`), 'utf8').split('\noutputs:')[1] ?? ''
    for (const name of Object.keys(run.outputs)) expect(declared).toContain(`\n  ${name}:\n`)
  })
})

describe('post', () => {
  it.each(actions)('%s: says nothing when main has told, and that it was killed when main could not', async (action) => {
    const told = await runAction(action, { phase: 'post', state: { told: 'true' } })
    expect([told.code, told.log, told.summary, told.outputs]).toEqual([0, '', '', {}])
    const killed = await runAction(action, { phase: 'post' })
    expect([killed.code, killed.outputs]).toEqual([0, {}])
    expect(killed.summary).toContain('ended before it could tell')
  })

  it('of the root removes what a killed main has left on the runner, and asks no inputs for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-chart-'))
    const config = mkdtempSync(join(tmpdir(), 'slipway-docker-'))
    for (const one of [folder, config]) writeFileSync(join(one, 'config.json'), '{}')
    const run = await runAction('root', { phase: 'post', state: { 'folders': JSON.stringify([folder]), 'docker-config': config }, inputs: { hots: 'of an outer action' } })
    expect(run.code).toBe(0)
    expect(run.summary).toContain('What Helm had begun')
    for (const one of [folder, config]) expect(() => readFileSync(join(one, 'config.json'))).toThrow('ENOENT')
  })
})

describe('where the runner gives less than it should', () => {
  it.each(actions)('%s: without any variable of GitHub a wrong input is named, and it is no bug', async (action) => {
    const variables = Object.entries(inputsOf(action)).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
    const folder = mkdtempSync(join(tmpdir(), 'slipway-bare-'))
    try {
      const { status, stdout, stderr } = spawnSync(await node24(), [join(root, 'dist', action, 'main.js')], {
        cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...Object.fromEntries(variables) as Record<string, string> },
      })
      expect([status, stderr]).toEqual([1, ''])
      expect(stdout).toMatch(/::error title=[a-z-]+::/)
      expect(stdout).not.toMatch(/title=bug|This is a bug/)
      // The way from before there were files for it.
      expect(stdout).toContain('::set-output name=status::failed')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each(actions)('%s: a summary that cannot be written is no reason to fail otherwise', async (action) => {
    const run = await runAction(action, { inputs: inputsOf(action), env: { GITHUB_STEP_SUMMARY: '/nowhere/summary' } })
    expect([run.code, run.outputs['status']]).toEqual([1, 'failed'])
    expect(run.log).not.toContain('This is a bug')
  })
})

describe('limits', () => {
  /** Some thousand mistakes. */
  async function manyMistakes(action: string): Promise<ActionRun> {
    const keys = Array.from({ length: 4500 }, (_, index) => `unknown-key-${index}-${'x'.repeat(24)}: 1`).join('\n')
    const repository = await makeRepository(undefined, { files: { 'slipway.yml': `app: shop\n${keys}\n` } })
    try {
      const { key } = sshKey()
      return await runAction(action, { workspace: repository.path, inputs: { 'hosts': 'deploy@127.0.0.1:9', 'ssh-key': key } })
    } finally {
      repository.remove()
    }
  }

  it.each(['root', 'push-release', 'setup-vm'])('%s: the summary stays below 1 MiB, and at most ten errors are annotations', async (action) => {
    const run = await manyMistakes(action)
    expect(run.code).toBe(1)
    expect(Buffer.byteLength(run.summary)).toBeGreaterThan(500_000)
    expect(Buffer.byteLength(run.summary)).toBeLessThan(1 << 20)
    expect(run.summary).toContain('cut off here')
    expect(run.outputs['report']?.length).toBeLessThan(500_000)
    expect(run.annotations.filter(({ level }) => level === 'error')).toHaveLength(10)
    expect(run.log).toMatch(/\d+ more, which the runner would not show as annotations/)
  }, 120_000)
})

/** A key of OpenSSH's that belongs to nobody. */
function sshKey(): { readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-key-'))
  try {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')])
    return { key: readFileSync(join(folder, 'key'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
