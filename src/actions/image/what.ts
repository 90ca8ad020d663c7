import { detectedFiles, type Naming, type RepositoryFiles } from '../../config'
import { Failure } from '../../errors'
import { findDockerfile } from '../../image/find'
import type { BuildImageInputs } from '../../inputs'
import type { Named, Source } from '../source'
import type { Asked } from './asked'
import { madeFor } from './made'
import { composeImages } from './of-compose'
import type { Wanted } from './wanted'

export interface Where {
  readonly source: Source
  readonly named: Named
  readonly naming: Naming
  readonly files: RepositoryFiles
  /** The app's folder; absolute. */
  readonly top: string
  /** `owner/name`; empty outside of GitHub. */
  readonly repository: string
  /** Do Compose files that build something go before a Dockerfile at the top, though the input `image` is given? */
  readonly composeFirst: boolean
}

/** What is built: the services of Compose files, or one Dockerfile. Throws all that is wrong. */
export async function whatIsBuilt(where: Where, asked: Asked, inputs: BuildImageInputs): Promise<Wanted> {
  const { files, named: { version }, naming: { compose }, top, composeFirst } = where
  const paths = asked.composeFiles.length > 0 ? asked.composeFiles : compose.files.length > 0 ? compose.files : detectedFiles(files)
  const by = asked.composeFiles.length > 0 ? 'The input `compose-file`' : compose.files.length > 0 ? '`compose` in slipway.yml' : 'Compose'
  const oneMeant = asked.namesOne || (!composeFirst && asked.image !== null && ['Dockerfile', 'Containerfile'].some((name) => files.exists(name)))
  if (asked.composeFiles.length > 0 || (!oneMeant && paths.length > 0)) {
    const wanted = await composeImages({ paths, by, env: compose.env, version, top }, files, asked, inputs)
    if (wanted.images.length > 0) return wanted
    if (asked.composeFiles.length > 0) throw nothingBuilt(paths)
  }
  return await oneDockerfile(where, asked, inputs)
}

async function oneDockerfile({ source, files, named, naming, repository }: Where, asked: Asked, inputs: BuildImageInputs): Promise<Wanted> {
  const { image } = asked
  if (image === null) throw imageMissing()
  const { context, file } = findDockerfile(files, asked.context, asked.file)
  const made = file === null ? await madeFor(source, named.commit) : null
  const app = (naming.app ?? (repository || image.path).split('/').at(-1) ?? '').toLowerCase()
  return {
    images: [{
      services: [app], image, title: app, context, target: inputs.buildTarget, args: asked.args, secrets: asked.secrets,
      dockerfile: made !== null ? { kind: 'made', made } : { kind: 'file', path: file ?? '' },
      ssh: asked.ssh.map((id) => ({ id, path: null, at: undefined })), platforms: asked.platforms, cacheFrom: asked.cacheFrom, cacheTo: asked.cacheTo,
      labels: asked.labels, contexts: {}, at: undefined,
    }],
    notes: [], ofCompose: false,
  }
}

function imageMissing(): Failure {
  return new Failure({
    code: 'input-missing', what: 'The input `image` is missing or empty, and no Compose file says what is built.',
    cure: 'Add `image: registry.example.com/ada/shop` to the step\'s `with:`; if it is there, the secret or variable that it names is empty or not set.',
  })
}

function nothingBuilt(paths: readonly string[]): Failure {
  return new Failure({
    code: 'compose-no-build', what: `No service of ${paths.join(', ')} has a \`build\`.`, why: 'Its images are all somebody else\'s, so there is nothing to do.',
    cure: 'Write `build: .` at the service that is built here, or take `compose-file` away.',
  })
}
