// What the runner sets for every step.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, homedir, userInfo } from 'node:os'
import { basename, join } from 'node:path'

function git(...words) {
  const { status, stdout } = spawnSync('git', words, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/** The caller's environment less the inputs and state of another step, over defaults that suit the current folder. */
export function runnerEnvironment(given, temporary) {
  const cache = given.SLIPWAY_CACHE ?? join(given.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway')
  const tag = git('describe', '--exact-match', '--tags', 'HEAD')
  const refName = tag === '' ? git('symbolic-ref', '--short', 'HEAD') : tag
  const user = userInfo().username
  const folders = { RUNNER_TEMP: join(temporary, 'temp'), RUNNER_TOOL_CACHE: join(cache, 'tool-cache') }
  for (const [name, folder] of Object.entries(folders)) mkdirSync(given[name] ?? folder, { recursive: true })
  const event = join(temporary, 'event.json')
  writeFileSync(event, '{}')
  const kept = Object.entries(given).filter(([name]) => !/^(INPUT|STATE)_/.test(name))
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: user,
    GITHUB_TRIGGERING_ACTOR: user,
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: event,
    GITHUB_JOB: 'release',
    GITHUB_REF: `refs/${tag === '' ? 'heads' : 'tags'}/${refName}`,
    GITHUB_REF_NAME: refName,
    GITHUB_REF_TYPE: tag === '' ? 'branch' : 'tag',
    GITHUB_REPOSITORY: `local/${basename(process.cwd())}`,
    GITHUB_REPOSITORY_OWNER: 'local',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: git('rev-parse', 'HEAD'),
    GITHUB_WORKFLOW: 'release',
    GITHUB_WORKSPACE: process.cwd(),
    RUNNER_ARCH: arch() === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_ENVIRONMENT: 'self-hosted',
    RUNNER_NAME: 'local',
    RUNNER_OS: 'Linux',
    ...folders,
    ...Object.fromEntries(kept),
  }
}
