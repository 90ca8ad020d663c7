import { spawnSync } from 'node:child_process'
import { root } from './tree'

type Case = readonly [path: string, line: string, why?: string]

/** What the import rule says of each line in a file at its path; the files need not exist. */
function objections(cases: readonly Case[]): readonly (readonly string[])[] {
  const script = `
    import { Linter } from 'eslint'
    import { join } from 'node:path'
    import tseslint from 'typescript-eslint'
    import { arrowsPlugin } from './script/lint.d/arrows.mjs'
    const config = { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser },
      plugins: { slipway: arrowsPlugin }, rules: { 'slipway/arrows': 'error' } }
    const linter = new Linter({ cwd: process.cwd() })
    const said = JSON.parse(process.argv.at(-1)).map(([path, line]) =>
      linter.verify(line, [config], { filename: join(process.cwd(), path) }).map((each) => each.message))
    console.log(JSON.stringify(said))`
  // In a process of its own, for ESLint does not load inside of Jest's.
  const words = ['--input-type=module', '-e', script, '--', JSON.stringify(cases)]
  return JSON.parse(spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' }).stdout) as string[][]
}

describe('the import rule', () => {
  const forbidden: readonly Case[] = [
    ['src/rollout/rollout.ts', "import { connect } from '../drivers/ssh'", 'rollout may not import drivers'],
    ['src/rollout/rollout.ts', "import { readFile } from 'node:fs/promises'", 'rollout is pure: `node:fs/promises`'],
    ['src/rollout/rollout.ts', "const yaml = await import('yaml')", 'rollout is pure: `yaml`'],
    ['src/history/order.ts', "import { roll } from '../rollout/rollout'", 'history may not import rollout'],
    ['src/targets/host/target.ts', "import { parse } from '../../config'", 'targets may not import config'],
    ['src/targets/host/target.ts', "export * from '../../inputs'", 'targets may not import inputs'],
    ['src/drivers/ssh/connection.ts', "import { git } from '../git'", 'ssh may not import git'],
    ['src/drivers/ssh/connection.ts', "import type { AppConfig } from '../../config/types'", 'drivers may not import config'],
    ['src/report/summary.ts', "import { openIntent } from '../history/standing'", 'report may not import history'],
    ['src/report/summary.ts', "import { now } from '../rollout/events'", 'report may not import rollout'],
    ['src/config/load.ts', "import { readRoot } from '../inputs'", 'config may not import inputs'],
    ['src/inputs/read.ts', "import { print } from '../report/commands'", 'inputs may not import report'],
    ['src/errors/index.ts', "import { print } from '../report/commands'", 'errors may not import report'],
    ['src/helpers/index.ts', "import { print } from '../report/commands'", 'helpers is no part of src/'],
    ['src/history/order.ts', "let x: import('../targets/host/target').X", 'history may not import targets (nor types of it)'],
  ]
  it('forbids each of these, once', () => {
    const said = objections(forbidden)
    expect(said).toEqual(forbidden.map(([, , why]) => [expect.stringContaining(why ?? '')]))
  }, 30_000)

  const allowed: readonly Case[] = [
    ['src/rollout/rollout.ts', "import { order } from '../history/order'"],
    ['src/rollout/target.ts', "import type { AppConfig } from '../config/types'"],
    ['src/report/summary.ts', "import { type Event } from '../rollout/events'"],
    ['src/targets/host/target.ts', "import { connect } from '../../drivers/ssh'"],
    ['src/drivers/ssh/connection.ts', "import { Failure } from '../../errors'"],
    ['src/drivers/ssh/connection.ts', "import { Client } from 'ssh2'"],
    ['src/actions/root.ts', "const { roll } = await import('../rollout/rollout')"],
  ]
  it('allows each of these', () => {
    expect(objections(allowed)).toEqual(allowed.map(() => []))
  }, 30_000)

  it('is switched on for src', () => {
    const words = ['node_modules/eslint/bin/eslint.js', '--print-config', 'src/rollout/events.ts']
    const config = JSON.parse(spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' }).stdout) as {
      rules: Record<string, unknown[]>
    }
    expect(config.rules['slipway/arrows']?.[0]).toBe(2)
  }, 30_000)
})
