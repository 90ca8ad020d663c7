import { readCompose, type ComposeStepInputs } from '../../../../src/actions/compose/asked'
import { parseImages } from '../../../../src/actions/compose/images'
import { failuresOf } from '../../../../src/errors'

const SHA = `sha256:${'a'.repeat(64)}`
const web = { service: 'web', reference: `ghcr.io/ada/web@${SHA}`, registry: 'ghcr.io' }

/** All that is wrong: `code: what cure`. */
function wrong(work: () => unknown): readonly string[] {
  try {
    work()
  } catch (error) {
    return failuresOf(error).map(({ code, what, cure }) => `${code}: ${what} ${cure}`)
  }
  return []
}

describe('the images of services', () => {
  it.each([
    ['nothing', '', []],
    ['a line', `web=ghcr.io/ada/web@${SHA}`, [web]],
    ['lines, comments and spaces', `\n  web = ghcr.io/ada/web@${SHA}  # built above\n# none\n`, [web]],
    ['with a tag, which says no more', `web=ghcr.io/ada/web:v1.2@${SHA}`, [web]],
    ['JSON', `{ "web": "ghcr.io/ada/web@${SHA}" }`, [web]],
    ['JSON over lines', `{\n"web":\n"ghcr.io/ada/web@${SHA}"\n}`, [web]],
    ['a line of JSON for each step, and others', `{"web":"ghcr.io/ada/web@${SHA}"}\n{"db.x":"postgres@${SHA}"}\nq=localhost:5000/q:1@${SHA}`,
      [web, { service: 'db.x', reference: `postgres@${SHA}`, registry: 'docker.io' }, { service: 'q', reference: `localhost:5000/q@${SHA}`, registry: 'localhost:5000' }]],
  ])('%s', (_, text, images) => expect(parseImages(text)).toEqual(images))

  it.each([
    ['no digest', 'web=ghcr.io/ada/web:v1', [/^images-without-digest: .*imagetools inspect ghcr.io\/ada\/web:v1 .*web=ghcr.io\/ada\/web@sha256:…/]],
    ['no digest at all', 'web=nginx', [/^images-without-digest/]],
    ['half a digest', 'web=nginx@sha256:abc', [/^images-without-digest: .*64 hex/]],
    ['a step that has pushed nothing', 'web=', [/^images-empty: .*`web`.*id: build/]],
    ['the same in JSON', '{"web":""}', [/^images-empty/]],
    ['no service', `ghcr.io/ada/web@${SHA}`, [/^images-malformed/]],
    ['JSON that is broken', '{"web":', [/^images-malformed/]],
    ['JSON of other things', '{"web":1}', [/^images-malformed/]],
    ['one service twice', `web=a@${SHA}\nweb=b@${SHA}`, [/^images-malformed: .*two things/]],
    ['a URL', `web=https://ghcr.io/ada/web@${SHA}`, [/^image-name/]],
    ['capital letters', `web=ghcr.io/Ada/web@${SHA}`, [/^image-name: .*ghcr.io\/ada\/web/]],
    ['all at once', 'web=\nb=nginx\nwhat', [/^images-malformed/, /^images-empty/, /^images-without-digest/]],
  ])('wrong: %s', (_, text, told) => {
    const found = wrong(() => parseImages(text))
    expect(found).toEqual(told.map((pattern) => expect.stringMatching(pattern)))
  })
})

describe('the inputs of a Compose project', () => {
  const none: ComposeStepInputs = { composeFile: [], project: null, profiles: [], images: null, registry: null, registryUsername: null, registryPassword: null }

  it('are nothing, or what they say', () => {
    expect(readCompose(none, true)).toEqual({ inputs: { files: [], project: null, profiles: [], images: {} }, images: [], given: [] })
    expect(readCompose({ ...none, images: `web=ghcr.io/ada/web@${SHA}`, composeFile: ['./d/c.yaml'], project: 'notes', profiles: ['p.1'] }, true)).toMatchObject({
      inputs: { files: ['d/c.yaml'], project: 'notes', profiles: ['p.1'], images: { web: web.reference } }, given: ['compose-file', 'project', 'profiles', 'images'],
    })
  })
  it('say nothing of images unless something is deployed', () => expect(readCompose(none, false).inputs.images).toBeNull())

  it.each<[Partial<ComposeStepInputs>, RegExp]>([
    [{ composeFile: ['../c.yaml'] }, /^compose-input: The input `compose-file` leaves/],
    [{ composeFile: ['/etc/c.yaml'] }, /^compose-input: The input `compose-file` is the absolute path/],
    [{ project: 'My Notes' }, /^compose-input: The input `project` must be/],
    [{ profiles: ['a b'] }, /^compose-input: The input `profiles` must be/],
    [{ registryUsername: 'ada' }, /^registry-login/],
    [{ registryPassword: 'x' }, /^registry-login/],
  ])('wrong: %j', (inputs, told) => expect(wrong(() => readCompose({ ...none, ...inputs }, true))).toEqual([expect.stringMatching(told)]))
})
