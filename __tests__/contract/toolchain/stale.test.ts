import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyOfTree, root, runIn } from './tree'

const script = 'script/build.d/build.mjs'
const check = () => runIn(tree, process.execPath, [script, '--check'])
const build = () => runIn(tree, process.execPath, [script])
const differencesFromRoot = () => spawnSync('diff', ['-rq', join(root, 'dist'), join(tree, 'dist')], { encoding: 'utf8' }).stdout

let tree: string
beforeAll(() => { tree = copyOfTree() })
afterAll(() => rmSync(tree, { recursive: true }))

// Each build takes seconds, so one shows all that it can.
describe('script/build', () => {
  it('says which files are stale, changes none of them, and without --check makes the same bytes as in another folder', () => {
    appendFileSync(join(tree, 'dist/push-release/main.js'), '// by hand\n')
    writeFileSync(join(tree, 'dist/left-behind.js'), '')
    rmSync(join(tree, 'dist/root/post.js'))
    const undo = [
      rewrite('actions/setup-vm/action.yml', 'Close every port', 'Shut every port'),
      rewrite('src/inputs/read.ts', 'is missing or empty', 'is not there'),
    ]
    const { status, stderr } = check()
    expect(stderr.trim().split('\n').sort()).toEqual([
      'Run script/build and commit what it changes.',
      'actions/setup-vm/README.md is stale',
      'dist/bundle/index.js is stale',
      'dist/left-behind.js should not be there',
      'dist/push-release/main.js is stale',
      'dist/root/post.js is missing',
      'src/inputs/generated/setup-vm.ts is stale',
    ])
    expect(status).toBe(1)
    expect(readFileSync(join(tree, 'dist/push-release/main.js'), 'utf8')).toContain('by hand')
    for (const each of undo) each()
    expect(build()).toMatchObject({ stderr: '', status: 0 })
    expect(differencesFromRoot()).toBe('')
  }, 120_000)

  it('fails for an import that leads nowhere, which the bundler would leave for the user to find', () => {
    const undo = rewrite('src/inputs/read.ts', 'export type {', "export const later = () => import('./nowhere')\nexport type {")
    const { status, stderr } = check()
    expect([status, stderr]).toEqual([1, 'Imported in src/ or by a package, and not there: ./nowhere\n'])
    undo()
  }, 120_000)

  it('fails for a bracket that names no type of input', () => {
    const undo = rewrite('action.yml', '(true or false)', '(true or flase)')
    expect(check().stderr).toContain('"(true or flase)", which names no type of input')
    undo()
  })
})

/** Replaces a piece of a file in the copy; the answer puts it back. */
function rewrite(path: string, from: string, to: string): () => void {
  const full = join(tree, path)
  const before = readFileSync(full, 'utf8')
  writeFileSync(full, before.replace(from, to))
  return () => writeFileSync(full, before)
}
