import { Failure } from '../errors'

/** The committed files, as far as a Dockerfile is looked for: paths from the app's folder. */
export interface Listing {
  exists(path: string): boolean
  list(folder: string): readonly string[]
}

/** Where the build is: paths from the app's folder, `.` for that itself. */
export interface Place {
  readonly context: string
  /** Null: there is no Dockerfile, and one is made. */
  readonly file: string | null
}

const isDockerfile = (name: string): boolean => /^(Dockerfile|Containerfile)(\..+)?$/.test(name) && !name.endsWith('.dockerignore')

/**
 * The Dockerfile that is meant: the input's, or the one in the context. One elsewhere is not guessed at, for what is its context
 * nobody can tell. None at all is an answer. Throws a `Failure`: `dockerfile-missing`, `dockerfile-several`, `context-missing`.
 */
export function findDockerfile(files: Listing, context: string, file: string | null): Place {
  if (context !== '.' && !files.exists(context)) {
    throw new Failure({
      code: 'context-missing', what: `The commit has no folder \`${context}\`, which is the input \`context\`.`,
      cure: 'Check its name; it is relative to `working-directory`.',
    })
  }
  if (file !== null) {
    if (files.exists(file)) return { context, file }
    throw new Failure({
      code: 'dockerfile-missing', what: `The commit has no \`${file}\`, which is the input \`file\`.`,
      why: found(files).length === 0 ? 'There is no Dockerfile at all.' : `There is ${found(files).map((one) => `\`${one}\``).join(', ')}.`,
      cure: 'Check its name; it is relative to `working-directory`, whatever the context is.',
    })
  }
  const here = files.list(context).filter((name) => name === 'Dockerfile' || name === 'Containerfile')
  const [only, other] = here.map((name) => context === '.' ? name : `${context}/${name}`)
  if (only !== undefined && other === undefined) return { context, file: only }
  if (other !== undefined) throw several(here.map((name) => context === '.' ? name : `${context}/${name}`), context)
  const elsewhere = found(files)
  if (elsewhere.length > 0) throw several(elsewhere, context)
  return { context, file: null }
}

function several(candidates: readonly string[], context: string): Failure {
  const [first = 'Dockerfile'] = candidates
  const folder = first.includes('/') ? first.slice(0, first.lastIndexOf('/')) : '.'
  const one = candidates.length === 1
  const usual = /\/(Dockerfile|Containerfile)$/.test(first)
  return new Failure({
    code: 'dockerfile-several',
    what: one ? `\`${context}\` has no Dockerfile, and \`${first}\` is elsewhere.`
      : `There are several Dockerfiles: ${candidates.map((path) => `\`${path}\``).join(', ')}.`,
    why: one ? 'Whether its paths are relative to its own folder or to the repository cannot be told.'
      : 'Which of them is meant cannot be told.',
    cure: folder === '.' ? `Write \`file: ${first}\`.`
      : `Write \`context: ${folder}\`${usual ? '' : ` and \`file: ${first}\``}, if its COPY lines begin in ${folder}; `
        + `or only \`file: ${first}\`, if they begin at the top.`,
  })
}

/** Dockerfiles by any of their names, at most three levels and 200 folders deep. */
function found(files: Listing): readonly string[] {
  const paths: string[] = []
  let level = ['.']
  let looked = 0
  for (let depth = 0; depth <= 3 && level.length > 0; depth++) {
    const below: string[] = []
    for (const folder of level) {
      if (++looked > 200) return paths
      for (const name of files.list(folder)) {
        const path = folder === '.' ? name : `${folder}/${name}`
        if (isDockerfile(name)) paths.push(path)
        else if (!name.includes('.') && name !== 'node_modules') below.push(path)
      }
    }
    level = below
  }
  return paths
}
