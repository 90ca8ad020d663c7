import { composed, given } from './project'

const image = '{ image: x }'

describe('the files that Compose itself reads', () => {
  const texts = async (...args: Parameters<typeof composed>): Promise<readonly string[]> => Object.keys((await composed(...args)).project!.texts)

  it.each<[string, string, Record<string, string>, readonly string[]]>([
    ['one alone', `services: { a: ${image} }`, { 'README.md': '' }, []],
    ['.env', `services: { a: ${image} }`, { '.env': 'A=1' }, ['.env']],
    ['env_file as text', 'services: { a: { image: x, env_file: a.env } }', { 'a.env': '' }, ['a.env']],
    ['env_file as a list of all forms', 'services: { a: { image: x, env_file: [a.env, ./d/../b.env, { path: c.env }, { path: none.env, required: false }] } }',
      { 'a.env': '', 'b.env': '', 'c.env': '' }, ['a.env', 'b.env', 'c.env']],
    ['env_file from a merge key', 'x-a: &a { env_file: a.env }\nservices: { a: { <<: *a, image: x } }', { 'a.env': '' }, ['a.env']],
    ['env_file of a service that is not started', 'services: { a: { image: x, profiles: [p], env_file: none.env } }', {}, []],
    ['label_file', 'services: { a: { image: x, label_file: a.labels } }', { 'a.labels': 'A $ {' }, ['a.labels']],
    ['include as text, and what that names from its own folder', 'include: [d/c.yaml]', { 'd/c.yaml': 'services: { a: { image: x, env_file: e.env } }', 'd/e.env': '', 'd/.env': 'B=1' },
      ['d/.env', 'd/c.yaml', 'd/e.env']],
    ['include in its long form', 'include: [{ path: [d/c.yaml, d/o.yaml], project_directory: ., env_file: i.env }]',
      { 'd/c.yaml': 'services: { a: { image: x, env_file: e.env } }', 'd/o.yaml': '', 'e.env': '', 'i.env': '' }, ['d/c.yaml', 'd/o.yaml', 'e.env', 'i.env']],
    ['extends, and what that extends', 'services: { a: { extends: { file: d/b.yaml, service: b } } }',
      { 'd/b.yaml': 'services: { b: { env_file: b.env, extends: { file: ../n.yaml, service: n } } }', 'd/b.env': '', 'n.yaml': 'services: { n: { image: x, env_file: n.env } }', 'n.env': '' },
      ['d/b.env', 'd/b.yaml', 'n.env', 'n.yaml']],
    ['env_file instead of that of a merge key, wherever it stands', 'x-a: &a { env_file: none.env }\nservices: { a: { env_file: a.env, <<: *a } }', { 'a.env': '' }, ['a.env']],
    ['an env file that a later file takes away', 'services: { a: { image: x, env_file: none.env } }\n---\nservices: { a: { env_file: !override [a.env] } }', { 'a.env': '' }, ['a.env']],
    ['a path by a variable that the repository gives', 'services: { a: { image: x, env_file: "${WHICH}.env" } }', { '.env': 'WHICH=a', 'a.env': '' }, ['.env', 'a.env']],
  ])('%s', async (_, compose, tree, files) => {
    expect(await texts(compose, tree)).toEqual(['compose.yaml', ...files].sort())
  })

  it('and what only a profile starts, when it is chosen', async () => {
    const compose = 'services: { a: { image: x, profiles: [p, q], env_file: a.env, environment: [A] } }'
    expect((await composed(compose, { 'a.env': '' }, { profiles: ['q'] })).config.compose!.variables).toEqual(['A'])
    expect(await texts(compose, { 'a.env': '' }, { profiles: ['q'] })).toEqual(['a.env', 'compose.yaml'])
  })

  it('those of the input count from the folder of the first, as .env does', async () => {
    const { config, project } = await composed('', { 'd/a.yaml': 'services: { a: { image: x, env_file: a.env } }', 'e/b.yaml': 'services: { b: { image: x, env_file: b.env } }',
      'd/a.env': '', 'd/b.env': '', 'd/.env': '' }, { files: ['d/a.yaml', 'e/b.yaml'] })
    expect(config.compose!.files).toEqual(['d/a.yaml', 'e/b.yaml'])
    expect(Object.keys(project!.texts)).toEqual(['d/.env', 'd/a.env', 'd/a.yaml', 'd/b.env', 'e/b.yaml'])
  })

  it.each<[string, Record<string, string>, readonly string[]]>([
    ['compose.yaml before all', { 'compose.yml': '', 'docker-compose.yml': '' }, ['compose.yaml']],
    ['with its override', { 'compose.override.yaml': '' }, ['compose.yaml', 'compose.override.yaml']],
    ['.yml before .yaml of overrides', { 'compose.override.yaml': '', 'compose.override.yml': '' }, ['compose.yaml', 'compose.override.yml']],
    ['those of COMPOSE_FILE in .env', { '.env': 'COMPOSE_FILE=a.yaml:b.yaml', 'a.yaml': '', 'b.yaml': '' }, ['a.yaml', 'b.yaml']],
  ])('found by themselves: %s', async (_, tree, files) => {
    expect((await composed(`services: { a: ${image} }`, tree)).config.compose!.files).toEqual(files)
  })
})

describe('the variables of a project', () => {
  const variables = async (...args: Parameters<typeof composed>): Promise<readonly string[]> => (await composed(...args)).config.compose!.variables

  it.each<[string, string, Record<string, string>, readonly string[]]>([
    ['in values, of all operators', 'services: { a: { image: "x:${T:-1}", command: [a, "$B"], labels: { "$K": "${C:+${D}}" } } }', {}, ['B', 'C', 'D', 'T']],
    ['none of two dollars', 'services: { a: { image: x, command: "$$A $(B) $${C}" } }', {}, []],
    ['handed on by name', 'services: { a: { image: x, environment: [A, B=1, C=$D] } }', {}, ['A', 'D']],
    ['handed on by null', 'services: { a: { image: x, environment: { A: , B: 1, C: "" } } }', {}, ['A']],
    ['not handed on when another file has a value', 'services: { a: { image: x, environment: [A] } }\n---\nservices: { a: { environment: { A: 1 } } }', {}, []],
    ['of secrets and configs that somebody uses', 'services: { a: { image: x, secrets: [s, { source: t }], configs: [c] } }\nsecrets: { s: { environment: S }, t: { environment: T }, u: { environment: U } }\nconfigs: { c: { environment: C } }',
      {}, ['C', 'S', 'T']],
    ['in env files, quotes heeded, less those said before', 'services: { a: { image: x, env_file: a.env } }', { 'a.env': 'A=1\nB=$A$C\nD=\'$E\'\nF="${G:-x}"\nH\n' }, ['A', 'C', 'G', 'H']],
    ['in .env', 'services: { a: { image: x } }', { '.env': 'A=${B:-1}' }, ['B']],
    ['in raw env files none', 'services: { a: { image: x, env_file: [{ path: a.env, format: raw }] } }', { 'a.env': 'A=$B' }, []],
    ['none of the runner or of Docker', 'services: { a: { image: "$HOME$PWD$CI$GITHUB_SHA$RUNNER_OS$COMPOSE_PROJECT_NAME$DOCKER_HOST$LC_ALL$PORT" } }', {}, ['PORT']],
    ['in what is included and extended', 'include: [i.yaml]\nservices: { a: { extends: { file: e.yaml, service: e } } }', { 'i.yaml': 'services: { i: { image: $I } }', 'e.yaml': 'services: { e: { image: $E } }' }, ['E', 'I']],
  ])('%s', async (_, compose, tree, names) => {
    expect(await variables(compose, tree)).toEqual(names)
  })

  it('are less those that slipway.yml says', async () => {
    const { config } = await composed('services: { a: { image: "$A$B" } }', {}, {}, 'target: docker\ncompose: { env: { A: 1.10 } }')
    expect(config.compose).toMatchObject({ env: { A: '1.10' }, variables: ['B'] })
  })

  it('are given by the step, and empty is not given', async () => {
    const located = await composed('services: { a: { image: "$A$B$C" } }')
    expect(given(located, { A: '1', B: '', X: 'x' }).values).toEqual({ A: '1' })
  })
})

describe('what comes out empty without a word', () => {
  const empty = async (env: NodeJS.ProcessEnv, ...args: Parameters<typeof composed>): Promise<readonly string[]> =>
    given(await composed(...args), env).empty.map(({ name, at }) => `${name} ${at.file}:${at.line}`)

  it('is told with its place, once', async () => {
    expect(await empty({ D: 'd' }, 'services:\n  a:\n    image: x:$A\n    command: |\n      echo\n      ${B} $A\n    environment: [C, D]\n')).toEqual(
      ['A compose.yaml:3', 'B compose.yaml:6', 'C compose.yaml:7'])
  })
  it.each<[string, string, Record<string, string>]>([
    ['by .env', 'services: { a: { image: "x:$A" } }', { '.env': 'A=1' }],
    ['by a default', 'services: { a: { image: "x:${A:-}" } }', {}],
    ['by the release', 'services: { a: { image: "x:$VERSION$TAG" } }', {}],
    ['by Compose', 'services: { a: { image: "x:$COMPOSE_PROJECT_NAME" } }', {}],
    ['and only a build needs it', 'services: { a: { image: x, build: { args: { A: $A } } } }', {}],
    ['and it is not started', 'services: { a: { image: $A, profiles: [p], environment: [B] } }', {}],
    ['by the env file of an include', 'include: [{ path: i.yaml, env_file: i.env }]', { 'i.yaml': 'services: { a: { image: $A } }', 'i.env': 'A=1' }],
    ['by a line before', 'services: { a: { image: x, env_file: a.env } }', { 'a.env': 'A=1\nB=$A' }],
  ])('is nothing that is given %s', async (_, compose, tree) => expect(await empty({}, compose, tree)).toEqual([]))
})

describe('what Compose calls the project', () => {
  const name = async (...args: Parameters<typeof composed>): Promise<string> => (await composed(...args)).config.compose!.project
  const compose = 'name: file\nservices: { a: { image: x } }'
  it('is the input, slipway.yml, .env, the file, the app', async () => {
    expect(await name(compose, { '.env': 'COMPOSE_PROJECT_NAME=env' }, { project: 'input' }, 'compose: { project: yml }')).toBe('input')
    expect(await name(compose, { '.env': 'COMPOSE_PROJECT_NAME=env' }, {}, 'compose: { project: yml }')).toBe('yml')
    expect(await name(compose, { '.env': 'COMPOSE_PROJECT_NAME=env' })).toBe('env')
    expect(await name(compose)).toBe('file')
    expect(await name('services: { a: { image: x } }')).toBe('shop')
  })
})
