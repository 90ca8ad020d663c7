// The files by which an action tells the runner its outputs, its state and its summary.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const names = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY', 'GITHUB_ENV', 'GITHUB_PATH']

/** `{ env, outputs(), state(), summary() }`; a file that the caller's environment names is used as it is. */
export function fileCommands(folder, given) {
  const env = {}
  for (const name of names) {
    env[name] = given[name] ?? join(folder, name.toLowerCase())
    if (given[name] === undefined) writeFileSync(env[name], '')
  }
  const read = (name) => readFileSync(env[name], 'utf8')
  return {
    env,
    outputs: () => pairs(read('GITHUB_OUTPUT')),
    state: () => Object.fromEntries(Object.entries(pairs(read('GITHUB_STATE'))).map(([key, value]) => [`STATE_${key}`, value])),
    summary: () => read('GITHUB_STEP_SUMMARY'),
  }
}

/** `name=value` and `name<<DELIMITER … DELIMITER`. */
function pairs(text) {
  const found = {}
  const lines = text.split('\n')
  while (lines.length > 0) {
    const line = lines.shift()
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (name !== undefined) {
      const end = lines.indexOf(delimiter)
      if (end === -1) throw new Error(`The file command for ${name} has no end.`)
      found[name] = lines.splice(0, end + 1).slice(0, -1).join('\n')
    } else if (line.includes('=')) {
      found[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1)
    }
  }
  return found
}
