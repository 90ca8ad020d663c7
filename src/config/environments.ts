import { Failure } from '../errors'
import type { Places } from './checks'
import type { Findings } from './findings'
import type { ServiceConfig } from './types'

/** Services of one folder share what is installed there: they cannot want it in two ways. */
export function checkEnvironments(services: readonly ServiceConfig[], places: Places, findings: Findings): void {
  for (const [index, service] of services.entries()) {
    const { name, path, runtime, install } = service
    if (runtime === null) continue
    const others = services.slice(0, index).filter((other) => other.path === path && other.runtime?.name === runtime.name)
    const where = path === '.' ? 'the root' : path
    const node = others.find((other) => runtime.name === 'node' && other.runtime?.version !== runtime.version)
    if (node !== undefined && install.tool !== 'none') {
      findings.add(new Failure({
        code: 'config-not-together', at: places.of(name, 'runtime'),
        what: `\`${node.name}\` and \`${name}\` run on two versions of Node in ${where}.`,
        why: 'They share its node_modules, where packages can be made for one of them only.',
        cure: `Give both the same runtime, or move one into a folder with a package.json of its own.`
      }))
    }
    const unlike = others.find((other) => other.runtime?.version === runtime.version
      && JSON.stringify(other.install) !== JSON.stringify(install))
    if (unlike !== undefined) {
      findings.add(new Failure({
        code: 'config-not-together', at: places.of(name, 'install'),
        what: `\`${unlike.name}\` and \`${name}\` want different things installed in ${where}.`,
        why: 'Services of one folder and runtime share an environment.',
        cure: `Give both the same \`install\`; what only one of them uses does the other no harm.`
      }))
    }
  }
}
