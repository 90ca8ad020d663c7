/**
 * The entry of what setup-vm puts on a host for `git push`, `slipway rollback` and `slipway restart`: one file, started by a hook of the bare
 * repository, or by a person. The rollout is that of the actions; only the connection is none.
 *
 *     push.js receive app=NAME branch=NAME …    what is pushed on standard input, as Git tells it to pre-receive
 *     push.js rollback app=NAME [VERSION]
 *     push.js restart app=NAME
 */
import { readFileSync } from 'node:fs'
import { failuresOf, type Failure } from '../../errors'
import { print } from '../../report/commands'
import { Redactor } from '../../report/redact'
import { told } from '../../report/terminal'
import { cancellation } from '../cancellation'
import { activateStored, deployPushed } from './deploying'
import { whenOrphaned } from './orphaned'
import { parseUpdates, wantedOf } from './refs'
import { settingsOf } from './settings'

async function main(argv: readonly string[]): Promise<boolean> {
  const [verb = '', ...words] = argv
  const cancelled = cancellation(() => process.exit(1))
  try {
    if (verb === 'receive') return await receive(words, cancelled)
    if (verb !== 'rollback' && verb !== 'restart') throw new Error(`push.js does not know ${verb}`)
    const [version = null] = words.filter((word) => !word.includes('='))
    return await activateStored(settingsOf(words.filter((word) => word.includes('='))), verb, version, cancelled.signal)
  } finally {
    cancelled.end()
  }
}

async function receive(words: readonly string[], cancelled: ReturnType<typeof cancellation>): Promise<boolean> {
  const settings = settingsOf(words)
  const asked = wantedOf(parseUpdates(readFileSync(0, 'utf8')), settings.branch)
  if (asked === null) {
    print('Nothing is deployed by removing a tag or a branch.')
    return true
  }
  const stop = whenOrphaned(() => { cancelled.cancel() })
  try {
    return await deployPushed(settings, asked, cancelled.signal)
  } finally {
    stop()
  }
}

main(process.argv.slice(2)).then(
  (ok) => { process.exitCode = ok ? 0 : 1 },
  (error: unknown) => {
    process.exitCode = 1
    const failures: readonly Failure[] = failuresOf(error)
    if (failures.length > 0) print(...told(failures, new Redactor([])))
    else print(`This is a bug in Slipway. Please report it: ${error instanceof Error ? error.stack : String(error)}`)
  },
)
