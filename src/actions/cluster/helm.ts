import { join } from 'node:path'
import { findHelm, type HelmProgram, type WantedHelm } from '../../drivers/helm'
import { pluginEnvironment } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import type { PrivateFolders } from './private-folders'

const systems: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }
const machines: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386', ppc64: 'ppc64le', s390x: 's390x' }

/** The runner's Helm, of which `begun` may know already, or the one that is pinned with its checksum. Throws a `Failure`. */
export async function helmFor(wanted: WantedHelm | null, env: NodeJS.ProcessEnv, folders: PrivateFolders, progress: (text: string) => void, signal: AbortSignal, begun: Promise<HelmProgram> | null): Promise<HelmProgram> {
  return await findHelm(wanted, pluginEnvironment(env), async (version, sha256) => {
    const [system, machine] = [systems[process.platform], machines[process.arch]]
    if (system === undefined || machine === undefined) {
      throw new Failure({ code: 'helm-missing', what: `There is no Helm for ${process.platform} on ${process.arch} to be brought.`, cure: 'Install it in a step before this one, and leave the checksum out.' })
    }
    // Most runs bring none.
    const [{ extractTar, extractZip }, { ToolProvider }] = await Promise.all([import('@actions/tool-cache'), import('../../drivers/tools')])
    const packed = system === 'windows' ? 'zip' : 'tar.gz'
    const name = `helm-v${version}-${system}-${machine}.${packed}`
    await using tools = new ToolProvider({ signal })
    const { file } = await tools.provide({ name: 'helm', version, path: name, url: `https://get.helm.sh/${name}`, sha256 }, progress)
    const folder = await folders.make('helm-program')
    await (packed === 'zip' ? extractZip(file, folder) : extractTar(file, folder))
    return join(folder, `${system}-${machine}`, system === 'windows' ? 'helm.exe' : 'helm')
  }, begun)
}
