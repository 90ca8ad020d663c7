import { noticeCommand, print } from '../../report/commands'
import { oneLine } from '../../report/foreign'
import { prose } from '../../report/markdown'
import type { Redactor } from '../../report/redact'
import { markTold, setOutputs, writeSummary, type Alongside } from '../closing'
import type { NothingToRelease } from './nothing'

/** Log, outputs and summary of a run that had nothing to do: green. */
export async function closeNothing({ app, reason, notices }: NothingToRelease, redactor: Redactor, alongside?: Alongside): Promise<void> {
  for (const notice of notices) print(noticeCommand(oneLine(notice, redactor), { title: 'not-applied' }))
  print(`✅ ${oneLine(`${app}: ${reason}`, redactor)}`)
  const report = { schema: 1, status: 'unchanged', changed: false, failures: [], publication: { tag: null, release: null, deployment: null, notices, reason }, ...alongside?.report }
  const outputs = { ...alongside?.outputs, status: 'unchanged', changed: 'false', tag: '', 'release-url': '', report: JSON.stringify(redactor.deep(report)) }
  await setOutputs(outputs, redactor)
  const said = notices.map((notice) => `\n\n${prose(notice, redactor)}`).join('')
  const told = `## ✅ ${prose(app, redactor)}: no new version\n\n${prose(`${reason[0]?.toUpperCase() ?? ''}${reason.slice(1)}.`, redactor)}\n\nNothing was touched, and what serves goes on.${said}\n`
  await writeSummary([told, alongside?.summary ?? ''].filter(Boolean).join('\n'))
  await markTold()
}
