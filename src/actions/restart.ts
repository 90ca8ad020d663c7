import { Failure } from '../errors'
import type { Operation } from '../rollout/outcome'

/** A restart is of what serves: whoever names a version wants it deployed or returned to. Throws a `Failure`: `version-of-restart`. */
export function refuseVersion({ operation, version }: { readonly operation: Operation; readonly version: string | null }): void {
  if (operation !== 'restart' || version === null) return
  throw new Failure({
    code: 'version-of-restart',
    what: `\`version\` is given (${version}), and \`operation\` is \`restart\`, which is of what serves.`,
    cure: 'Leave `version` empty, or use `deploy`, or `rollback` to go back.',
  })
}
