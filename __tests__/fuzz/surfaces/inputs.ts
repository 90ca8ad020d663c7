import fc from 'fast-check'
import { readRoot, rootDeclaration, secretInputs } from '../../../src/inputs'
import { variableOf } from '../../../src/inputs/declaration'
import { maskCommands } from '../../../src/report/commands'
import { judgeLine } from '../judge'
import { claim, surfaceOf } from '../surface'
import { text, word } from '../texts'

const names = Object.values(rootDeclaration).map(({ name }) => name)
const value = fc.oneof(text, fc.constantFrom('true', 'false', 'yes', 'deploy', 'rollback', '5m', '0', '10', 'a\nb\n', '8080', 'deploy@203.0.113.7'), word)
const given = fc.array(fc.tuple(fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.oneof(word, text) }), value), { maxLength: 5 })

/** A step's `with:`, as the runner hands it over. */
export const surface = surfaceOf({
  inputs: fc.record({ given, usual: fc.boolean() }),
  attempt({ given, usual }) {
    const env = Object.fromEntries([...usual ? [['hosts', 'deploy@203.0.113.7'], ['ssh-key', 'x'], ['known-hosts', 'y']] as const : [], ...given].map(([name, text]) => [variableOf(name), text]))
    for (const secret of secretInputs(rootDeclaration, env)) for (const line of maskCommands(secret)) judgeLine(line, /^::add-mask::/)
    const read = readRoot(env)
    claim(Object.isFrozen(read), 'what was read may be changed')
    return undefined
  },
})
