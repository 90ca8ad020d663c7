import { maskCommands, print } from '../report/commands'
import type { Redactor } from '../report/redact'

/** Hides secrets from log, summary and report, before anything else can print them. */
export function hide(secrets: readonly string[], redactor: Redactor): void {
  for (const secret of secrets) {
    print(...maskCommands(secret))
    redactor.add(secret)
  }
}
