import { Failure, nearest, type Position } from '../errors'
import { chartFolders } from './cluster/charts'
import { detectedFiles } from './compose/project'
import { appName } from './names'
import { foldersToRun, within, type RepositoryFiles } from './repository'
import { suggested } from './suggestion'
import { scalar, shown } from './tree'

export const DEFAULT_FILE = 'slipway.yml'

/** The file that an input names is not in the commit. */
export function noSuchFile(path: string, files: RepositoryFiles): Failure {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
  const near = nearest(path, files.list(folder).filter((name) => /\.ya?ml$/.test(name)).map((name) => within(folder, name)))
  return new Failure({
    code: 'config-missing', what: `There is no ${shown(path, '')} in this commit.`, why: 'The input `config` names it.',
    cure: path.includes('\\') ? `Separate folders with \`/\`, from the app's folder on: \`config: ${path.replaceAll('\\', '/').replace(/^([a-z]:|\.)?\/+/i, '')}\`.`
      : path.startsWith('/') ? `Write a path from the app's folder on, such as \`config: ${DEFAULT_FILE}\`.`
      : near ? `Did you mean \`config: ${near}\`?`
      : 'Commit it (what is only in the work tree does not count), or leave the input out.'
  })
}

/** No file, and nothing that says how the app runs. Shows a file that would do. */
export async function nothingFound(file: string, exists: boolean, app: string, files: RepositoryFiles): Promise<Failure> {
  const beside = ['slipway.yaml', '.slipway.yml', 'Slipway.yml'].find((name) => files.exists(name))
  if (!exists && beside !== undefined) {
    return new Failure({
      code: 'config-missing', what: `There is no ${file} in this commit, but a ${beside}.`,
      cure: `Rename it: \`git mv ${beside} ${file}\`.`
    })
  }
  const [composed] = detectedFiles(files)
  const [chart] = chartFolders(files, app)
  const container = ['Dockerfile', 'Containerfile'].find((name) => files.exists(name))
  const folders = foldersToRun(files)
  const what = exists ? `${file} names no service, and the root of the repository has nothing that says how the app runs.`
    : `There is no ${file} in this commit, and the root of the repository has nothing that says how the app runs.`
  if (composed !== undefined && folders.length === 0) {
    return new Failure({
      code: 'config-nothing-to-run', at: exists ? { file, line: 1 } : undefined, what, why: `It has a ${composed}, which is for hosts with Docker.`,
      cure: `Use the action compose-up; for setup-vm and the root action write \`target: docker\` in ${file}. To run the app on a VM without Docker, write ${file}:\n`
        + example(app, [['.', 'gunicorn main:app --bind 127.0.0.1:$PORT']])
    })
  }
  if (chart !== undefined && folders.length === 0) {
    return new Failure({
      code: 'config-nothing-to-run', at: exists ? { file, line: 1 } : undefined, what, why: `It has a chart${chart === '.' ? '' : ` in ${chart}`}, which is for clusters.`,
      cure: `Use the action helm-upgrade. To run the app on a VM, write ${file}:\n` + example(app, [['.', 'gunicorn main:app --bind 127.0.0.1:$PORT']])
    })
  }
  if (container !== undefined && folders.length === 0) {
    return new Failure({
      code: 'config-not-yet', what, why: `It has a ${container}; this version of Slipway deploys containers by a Compose file or a chart only.`,
      cure: `Commit a compose.yaml for a host with Docker, or write \`target: cluster\` and what runs (\`services: { web: { route: / } }\`). To run the app on a VM, write ${file}:\n${example(app, [['.', 'gunicorn main:app --bind 127.0.0.1:$PORT']])}`
    })
  }
  const starts = await Promise.all(folders.slice(0,
    5).map(async (folder) => [folder, (await suggested(folder, files)).start] as const))
  return new Failure({
    code: 'config-nothing-to-run', at: exists ? { file, line: 1 } : undefined, what,
    why: folders.length > 0 ? `There is something to run in ${folders.join(', ')}.`
      : 'A requirements.txt, pyproject.toml, package.json or Procfile would be used.',
    cure: `Commit a ${file} such as this, with the command that starts the app:\n`
      + example(app, starts.length > 0 ? starts : [['.', (await suggested('.', files)).start]])
  })
}

/** A smallest file for these folders and commands. */
function example(app: string, starts: readonly (readonly [folder: string, start: string])[]): string {
  const [first] = starts
  const head = 'value' in appName.read(scalar(app, undefined)) ? `app: ${app}\n` : ''
  if (starts.length === 1 && first !== undefined) {
    const [folder, start] = first
    return `${head}${folder === '.' ? '' : `path: ${folder}\n`}start: ${start}`
  }
  const services = starts.map(([folder, start], index) => {
    const last = folder === '.' ? 'web' : folder.split('/').at(-1) ?? 'web'
    return `  ${last}:\n    path: ${folder}\n    start: ${start}\n    route: ${index === 0 ? '/' : `/${last}/`}`
  })
  return `${head}services:\n${services.join('\n')}`
}

/** A service of which nothing says how it starts. */
export async function noStart(
  service: string, place: string, folder: string, at: Position | undefined, file: string, exists: boolean, files: RepositoryFiles
): Promise<Failure> {
  const { start, seen } = await suggested(folder, files)
  return new Failure({
    code: 'config-no-start', at, what: `Service \`${service}\` has no \`start\`.`,
    why: [
      seen === null ? '' : `There is ${seen}, but how it is started is for you to say.`,
      files.exists(within(folder, 'package.json'))
        ? 'A `start` script in package.json would be used if it had no `prestart` or `poststart`.' : ''
    ].filter(Boolean).join(' '),
    cure: exists
      ? `Add \`${place}\`, for example:\n${place === 'start' ? '' : '    '}start: ${start}`
      : `Commit a ${file} with the command, for example:\nstart: ${start}`
  })
}

/** The repository's name is no name for an app. */
export function noAppName(repositoryName: string, file: string, exists: boolean): Failure {
  const short = repositoryName.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+/, '').slice(0, 25).replace(/-+$/, '')
  const fits = 'value' in appName.read(scalar(short, undefined))
  const reading = appName.read(scalar(repositoryName.toLowerCase(), undefined))
  return new Failure({
    code: 'config-no-app-name', at: exists ? { file, line: 1 } : undefined,
    what: `The app has no name: ${shown(repositoryName)}, the repository's, cannot be one.`,
    why: 'problem' in reading && reading.problem.why !== undefined ? reading.problem.why
      : `It must be ${appName.says}, and not end with a hyphen.`,
    cure: `Add \`app: ${fits ? short : 'shop'}\` to ${file}${fits ? '' : ', with a name of your choice'}.`
  })
}
