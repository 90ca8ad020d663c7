import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { mayBeSecret, mayBeVariable } from '../../config'
import { Failure, throwAll } from '../../errors'

export const secretsPath = (home: string, app: string): string => join(home, '.config', 'slipway', `${app}.env`)

/**
 * The secrets that the deploying user keeps on the host, `NAME=value` a line; none when there is no file. What is not in it is
 * taken as it was last stored. Throws all that is wrong with the file: `secrets-file-open` when others could read it.
 */
export async function secretsOf(path: string): Promise<Readonly<Record<string, string>>> {
  let text: string
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { mode, uid } = await file.stat()
    if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) throw openToOthers(path)
    text = await file.readFile('utf8')
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
    if (code === 'ENOENT') return {}
    throw code === 'ELOOP' || code === 'EACCES' ? openToOthers(path) : error
  }
  return parse(text, path)
}

/** A value is what follows the first `=`, to the letter; `#` begins a comment at a line's start only. */
export function parse(text: string, path: string): Readonly<Record<string, string>> {
  const failures: Failure[] = []
  const found: Record<string, string> = {}
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const [, name, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? []
    if (name === undefined || !(mayBeSecret(name) || mayBeVariable(name)) || value === '') failures.push(malformed(path, index + 1, name))
    else found[name] = value
  })
  throwAll(failures)
  return found
}

function malformed(path: string, line: number, name: string | undefined): Failure {
  return new Failure({
    code: 'secrets-file-malformed',
    what: `Line ${line} of ${path} ${name === undefined ? 'is not NAME=value' : `gives ${name} no value, or a name that an app may not have`}.`,
    cure: 'Write NAME=value a line, without quotes around the value; # begins a comment.',
  })
}

function openToOthers(path: string): Failure {
  return new Failure({
    code: 'secrets-file-open',
    what: `${path} is not a file that only its owner, who deploys, can read.`,
    why: 'It holds secrets.',
    cure: `On the host: chown "$(id -un)" ${path} && chmod 600 ${path}`,
  })
}
