import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, relative } from 'node:path'
import { composeBuilds, detectedFiles, type ComposeBuild, type RepositoryFiles } from '../../src/config'
import { must, root } from '../host/harness/command'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-compose-')) })
afterEach(() => { rmSync(folder, { recursive: true }) })

/** The files of a folder as if they were committed. */
function committed(at: string): RepositoryFiles {
  const path = (name: string): string => join(at, name)
  const there = (name: string) => statSync(path(name), { throwIfNoEntry: false })
  return {
    read: async (name) => there(name)?.isFile() === true ? readFileSync(path(name), 'utf8') : null,
    exists: (name) => there(name) !== undefined,
    list: (name) => there(name)?.isDirectory() === true ? readdirSync(path(name)) : [],
  }
}

interface Rendered {
  readonly image?: string
  readonly build?: {
    readonly context: string
    readonly dockerfile?: string
    readonly dockerfile_inline?: string
    readonly target?: string
    readonly args?: Readonly<Record<string, string | null>>
    readonly labels?: Readonly<Record<string, string>>
    readonly platforms?: readonly string[]
    readonly cache_from?: readonly string[]
    readonly additional_contexts?: Readonly<Record<string, string>>
  }
}

const here = (path: string): string => relative(folder, path) || '.'

/** Our words for what Compose says. */
function asOurs({ image, build }: Rendered): object {
  if (build === undefined) throw new Error('it has no build')
  const context = here(build.context)
  const inline = build.dockerfile_inline ?? null
  return {
    image: image?.replace(/(@.*|:[^/:]*)$/, '') ?? null, context, inline, target: build.target ?? null,
    dockerfile: inline === null ? posix.join(context, build.dockerfile ?? 'Dockerfile') : null,
    args: Object.fromEntries(Object.entries(build.args ?? {}).filter(([, value]) => value !== null)), labels: build.labels ?? {},
    platforms: build.platforms ?? [], cacheFrom: build.cache_from ?? [],
    contexts: Object.fromEntries(Object.entries(build.additional_contexts ?? {}).map(([name, place]) => [name, place.startsWith('/') ? here(place) : place])),
  }
}

function ours({ image, context, inline, target, dockerfile, args, labels, platforms, cacheFrom, contexts }: ComposeBuild): object {
  const file = inline === null ? dockerfile ?? posix.join(context, 'Dockerfile') : null
  return { image, context, inline, target, dockerfile: file, args, labels, platforms, cacheFrom, contexts }
}

async function bothSay(env: Readonly<Record<string, string>>): Promise<void> {
  const compose = await must(join(root, 'rig/image/compose'), [], { timeout: 300_000 })
  const text = await must(compose, ['--profile', '*', 'config', '--format', 'json'], { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder, ...env } })
  // Dollars are doubled in it, so that it could be read again.
  const { services } = JSON.parse(text.replaceAll('$$', '$')) as { services: Readonly<Record<string, Rendered>> }
  const files = committed(folder)
  const { builds } = await composeBuilds({ files: detectedFiles(files), by: 'Compose', env: {}, environment: env, version: env['VERSION'] ?? '' }, files)
  const rendered = Object.entries(services).filter(([, { build }]) => build !== undefined)
  expect(Object.fromEntries(builds.map((build) => [build.service, ours(build)]))).toEqual(Object.fromEntries(rendered.map(([name, service]) => [name, asOurs(service)])))
  expect(builds.length).toBeGreaterThan(0)
}

describe('what is read of builds is what Compose itself reads', () => {
  it.each(['compose-notes', 'compose-gateway', 'compose-mailer', 'compose-chat'])('of the example %s', async (example) => {
    cpSync(join(root, 'examples', example), folder, { recursive: true })
    await bothSay({ VERSION: '1.2.3', POSTGRES_PASSWORD: 'a', HTTP_PORT: '8080', SMTP_PASSWORD: 'b' })
  })

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an override, and tags that reset and replace', {
      'compose.yaml': 'services:\n  a: { build: { context: a, args: { X: 1, Y: "2" }, labels: { l: "1" } }, image: "r.example/a:${TAG:-1}" }\n  b: { build: b, image: b }\n  c: { build: { context: c, args: { X: "1" } } }\n',
      'compose.override.yaml': 'services:\n  a: { build: { args: [Y=3, Z=4], dockerfile: Other } }\n  b: { build: !reset null }\n  c: { build: !override { context: d } }\n',
    }],
    ['merge keys and anchors', {
      'compose.yaml': 'x-b: &b { context: one, args: &args { A: a } }\nservices:\n  a: { build: *b }\n  b: { build: { <<: *b, context: two } }\n  c: { build: { context: three, args: { <<: *args, B: b } } }\n',
    }],
    ['what is included and extended, with their own folders and env files', {
      'compose.yaml': 'include: [deep/compose.yaml, { path: other/compose.yaml, project_directory: elsewhere, env_file: other/my.env }]\n'
        + 'services:\n  a: { extends: { file: base/services.yaml, service: common }, build: { target: t } }\n  b: { extends: { file: base/services.yaml, service: common }, build: { context: own } }\n  c: { extends: a }\n',
      'base/services.yaml': 'services:\n  common: { build: { context: ., args: { A: "1" }, additional_contexts: { x: ../x } }, image: "r.example/${NAME}" }\n',
      'deep/compose.yaml': 'services:\n  d: { build: { context: ./here, args: { FROM_ENV: "${WHO}" } }, image: "r.example/${WHO}:1" }\n', 'deep/.env': 'WHO=deep\nNAME=not-seen\n',
      'other/compose.yaml': 'services:\n  e: { build: { context: ., args: { W: "${WHO}" } } }\n', 'elsewhere/Dockerfile': 'FROM scratch\n', 'other/my.env': 'WHO="oth${NAME}"\n',
      '.env': 'NAME=er\n',
    }],
    ['arguments without values, defaults within defaults, dollars', {
      'compose.yaml': 'services:\n  a:\n    build:\n      context: .\n      args: { GIVEN: , NOT: , A: "${X:-${Y:-z}}", B: "${GIVEN:+yes}", C: "$$HOME", D: "${EMPTY-unset}", E: "${EMPTY:-empty}", F: true }\n',
      '.env': 'EMPTY=\n',
    }],
    ['a Dockerfile in the file, platforms and caches', {
      'compose.yaml': 'services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM scratch\n        ENV A=$$A\n      platforms: [linux/amd64, linux/arm64]\n      cache_from: ["type=gha", "r.example/a:cache"]\n      additional_contexts: ["x=./x", "img=docker-image://debian:12"]\n',
    }],
  ])('of %s', async (_title, files) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    await bothSay({ GIVEN: 'given' })
  })
})
