import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyOfTree, node24, runIn } from './tree'

let tree: string
beforeAll(() => {
  tree = copyOfTree()
  // An entry that tells what the runner gave it.
  rmSync(join(tree, 'dist'), { recursive: true })
  mkdirSync(join(tree, 'dist/push-release'), { recursive: true })
  writeFileSync(join(tree, 'dist/push-release/main.js'), `
    const { appendFileSync } = require('node:fs')
    const { env } = process
    console.log('::add-mask::topsecret')
    console.log('key', env['INPUT_SSH-KEY'], 'lock', env['INPUT_LOCK-TIMEOUT'], 'token', JSON.stringify(env['INPUT_GITHUB-TOKEN']))
    console.log('extra', env['INPUT_HOST'], env.DATABASE_URL, env.GITHUB_WORKSPACE === process.cwd(), env.INPUT_STRAY, process.version)
    appendFileSync(env.GITHUB_OUTPUT, 'url=http://topsecret\\nreport<<E-1\\n{\\n}\\nE-1\\n')
    appendFileSync(env.GITHUB_STATE, 'folder<<E-2\\n/tmp/x\\nE-2\\n')
    appendFileSync(env.GITHUB_STEP_SUMMARY, '# Verdict\\n')
    process.exitCode = 3`)
  writeFileSync(join(tree, 'dist/push-release/post.js'), "console.log('post', process.env.STATE_folder)")
}, 60_000)
afterAll(() => rmSync(tree, { recursive: true }))

it('script/action runs main and post like the runner, and prints log, summary and outputs', () => {
  writeFileSync(join(tree, 'key'), 'topsecret')
  const words = ['script/action.d/run.mjs', 'push-release', 'ssh-key=@key', 'host=typo', 'DATABASE_URL=postgres://x?a=b']
  const env = { ...process.env, INPUT_STRAY: 'from another step' }
  const { status, stdout, stderr } = runIn(tree, node24(), words, env)
  expect(stderr).toBe('')
  expect(stdout).toMatch(new RegExp(`^key \\*\\*\\* lock 5m token ""
extra typo postgres://x\\?a=b true undefined v24\\.\\S+
post /tmp/x

──── summary ────
# Verdict


──── outputs ────
url=http://\\*\\*\\*
report=\\{
\\}
$`))
  expect(status).toBe(3)
}, 30_000)

it('script/action says what it does not understand', () => {
  expect(runIn(tree, node24(), ['script/action.d/run.mjs', 'push'])).toMatchObject({ status: 2 })
  const { status, stderr } = runIn(tree, node24(), ['script/action.d/run.mjs', 'push-release', 'hosts'])
  expect([status, stderr]).toEqual([2, '`hosts` assigns nothing. Write input=value or NAME=value.\n'])
})
