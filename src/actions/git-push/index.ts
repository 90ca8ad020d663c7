/**
 * The entry of what setup-vm puts on a host for `git push`, `slipway rollback` and `slipway restart`, started by a hook of the bare
 * repository, or by a person. The rollout is that of the actions; only the connection is none. What it is made of is a chunk of its own, which
 * loads while the host program starts.
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
import { begin } from './begun'
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
    const settings = settingsOf(words.filter((word) => word.includes('=')))
    await using begun = await begin(settings, `slipway ${verb}`)
    const { activateStored } = await import('./deploying')
    return await activateStored(settings, { operation: verb, version }, begun, cancelled.signal)
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
    await using begun = await begin(settings, 'git push')
    const { deployPushed } = await import('./deploying')
    return await deployPushed(settings, asked, begun, cancelled.signal)
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
