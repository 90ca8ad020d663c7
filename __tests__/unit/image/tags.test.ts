import { decideTags, type Held, type TagRequest } from '../../../src/image/tags'
import { Failure } from '../../../src/errors'

const commit = 'a'.repeat(40)
const other = 'b'.repeat(40)
const own = `sha-${commit}`
const held = (revision: string | null): Held => ({ digest: `sha256:${'1'.repeat(64)}`, revision })

interface State {
  readonly git?: readonly string[]
  readonly registry?: readonly string[] | null
  readonly prefix?: string
  readonly complete?: boolean
  readonly held?: Readonly<Record<string, Held>>
  readonly newer?: readonly string[]
}

function request(ref: string, state: State): TagRequest {
  const { git = [], registry = [], prefix = '', complete = true, held: standing = {}, newer = [] } = state
  return {
    ref, commit, prefix, git: { tags: git, complete },
    registry: registry === null ? null : { tags: registry, held: standing, newer },
  }
}

/** Tags that move, and those that do not in brackets, the commit's left out. */
function told(ref: string, state: State): string {
  const [first, ...rest] = decideTags(request(ref, state))
  expect(first).toMatchObject({ name: own, kind: 'commit', moves: true })
  return rest.map(({ name, moves }) => moves ? name : `(${name})`).join(' ')
}

const refused = (ref: string, state: State): string => {
  try {
    return told(ref, state)
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

const v = 'refs/tags/v1.4.2'
const all = '1.4.2 1.4 1 latest'

describe('the tags of a ref', () => {
  it.each<[string, string, State, string]>([
    // What Git says.
    ['the first version of all', v, { git: ['v1.4.2'] }, all],
    ['the highest', v, { git: ['v1.4.2', 'v1.4.1', 'v1.3.9', 'v0.9.0'] }, all],
    ['a patch of an old minor', v, { git: ['v1.4.2', 'v1.5.0'] }, '1.4.2 1.4 (1) (latest)'],
    ['a patch of an old major', v, { git: ['v1.4.2', 'v2.0.0'] }, '1.4.2 1.4 1 (latest)'],
    ['a patch that is not the last', v, { git: ['v1.4.2', 'v1.4.3'] }, '1.4.2 (1.4) (1) (latest)'],
    ['by number, not by letter', v, { git: ['v1.4.2', 'v1.4.10'] }, '1.4.2 (1.4) (1) (latest)'],
    ['by number, minor', v, { git: ['v1.4.2', 'v1.10.0'] }, '1.4.2 1.4 (1) (latest)'],
    ['by number, major', v, { git: ['v1.4.2', 'v10.0.0'] }, '1.4.2 1.4 1 (latest)'],
    ['lower ones do not matter', 'refs/tags/v10.0.0', { git: ['v10.0.0', 'v9.99.99'] }, '10.0.0 10.0 10 latest'],
    ['a pre-release of the next does not count', v, { git: ['v1.4.2', 'v2.0.0-rc.1', 'v1.5.0-beta'] }, all],
    ['its own pre-releases do not count', v, { git: ['v1.4.2', 'v1.4.2-rc.9'] }, all],
    ['without a v', 'refs/tags/1.4.2', { git: ['1.4.2', 'v1.5.0'] }, '1.4.2 1.4 (1) (latest)'],
    ['names that are no versions do not count', v, { git: ['v1.4.2', 'v2', 'v1.9', 'nightly', 'v2024.01.05', '9.9.9.9'] }, all],
    ['0.x is a line too', 'refs/tags/v0.3.1', { git: ['v0.3.1', 'v0.2.9'] }, '0.3.1 0.3 0 latest'],
    // Pre-releases.
    ['a pre-release', 'refs/tags/v1.4.2-rc.1', { git: ['v1.4.2-rc.1'] }, '1.4.2-rc.1 (1.4) (1) (latest)'],
    ['a pre-release of the highest', 'refs/tags/v9.0.0-alpha', { git: ['v9.0.0-alpha', 'v1.0.0'] }, '9.0.0-alpha (9.0) (9) (latest)'],
    ['a pre-release where there is nothing else', 'refs/tags/v0.0.1-0', {}, '0.0.1-0 (0.0) (0) (latest)'],
    // What the registry says.
    ['a higher one in the registry alone', v, { git: ['v1.4.2'], registry: ['1.4.3', '1.4', '1', 'latest'] }, '1.4.2 (1.4) (1) (latest)'],
    ['a higher minor in the registry', v, { git: ['v1.4.2'], registry: ['1.5.0'] }, '1.4.2 1.4 (1) (latest)'],
    ['a higher major in the registry', v, { git: ['v1.4.2'], registry: ['2.0.0', 'latest'] }, '1.4.2 1.4 1 (latest)'],
    ['a higher pre-release in the registry', v, { git: ['v1.4.2'], registry: ['1.5.0-rc.1'] }, all],
    ['lower ones in the registry', v, { git: ['v1.4.2'], registry: ['1.4.1', '1.4', '1', 'latest', 'main', 'pr-7'] }, all],
    ['Git one, the registry another', v, { git: ['v1.4.2', 'v2.0.0'], registry: ['1.5.0'] }, '1.4.2 1.4 (1) (latest)'],
    ['itself in the registry, of this commit', v, { git: ['v1.4.2'], registry: ['1.4.2', 'latest'], held: { '1.4.2': held(commit) } }, all],
    ['lines alone say nothing', v, { git: ['v1.4.2'], registry: ['1.9', '2', 'latest'] }, all],
    // What is not known.
    ['a checkout without the other tags', v, { git: ['v1.4.2'], complete: false }, '1.4.2 (1.4) (1) (latest)'],
    ['a registry that was not asked', v, { git: ['v1.4.2'], registry: null }, '1.4.2 (1.4) (1) (latest)'],
    // A prefix.
    ['with a prefix', 'refs/tags/shop/v1.4.2', { prefix: 'shop/', git: ['shop/v1.4.2', 'api/v2.0.0', 'v3.0.0'] }, all],
    ['with a prefix, an old one', 'refs/tags/shop-1.4.2', { prefix: 'shop-', git: ['shop-1.4.2', 'shop-1.5.0'] }, '1.4.2 1.4 (1) (latest)'],
    ['with a prefix that holds the v', v, { prefix: 'v', git: ['v1.4.2', 'v1.4.3'] }, '1.4.2 (1.4) (1) (latest)'],
    // Other tags of Git.
    ['a tag that is no version', 'refs/tags/nightly', { git: ['nightly', 'v1.0.0'] }, 'tag-nightly'],
    ['a major alone', 'refs/tags/v1', { git: ['v1'] }, 'tag-v1'],
    ['a minor alone', 'refs/tags/v1.4', {}, 'tag-v1.4'],
    ['a date', 'refs/tags/2024.01.05', {}, 'tag-2024.01.05'],
    // Branches.
    ['a branch', 'refs/heads/main', { git: ['v9.0.0'], registry: ['9.0.0', 'main'] }, 'main'],
    ['a branch with a slash', 'refs/heads/feature/a', {}, 'feature-a-1901a3ac'],
    ['a branch that is called so', 'refs/heads/feature-a', {}, 'feature-a'],
    ['a branch like a version', 'refs/heads/1.4.2', {}, 'branch-1.4.2-2dceac7d'],
    ['a branch like a line', 'refs/heads/1.4', {}, 'branch-1.4-a92129e1'],
    ['a branch like a number', 'refs/heads/7', {}, 'branch-7-e07b466b'],
    ['a branch called latest', 'refs/heads/latest', {}, 'branch-latest-2a077007'],
    ['a branch like a pull request', 'refs/heads/pr-7', {}, 'branch-pr-7-46c590d8'],
    ['a branch like a tag of Git', 'refs/heads/tag-nightly', {}, 'branch-tag-nightly-3bd2d399'],
    ['a release branch', 'refs/heads/v1.x', {}, 'v1.x'],
    ['a branch that begins with a dot', 'refs/heads/.x', {}, '_x-c484f1de'],
    ['a branch in other letters', 'refs/heads/größe', {}, 'gr--e-05d81dea'],
    ['a branch that a later commit was built of', 'refs/heads/main', { held: { main: held(other) }, newer: [other] }, '(main)'],
    ['a branch that an earlier commit was built of', 'refs/heads/main', { held: { main: held(other) }, newer: [] }, 'main'],
    ['a branch that somebody else pushed to', 'refs/heads/main', { held: { main: held(null) }, newer: [other] }, 'main'],
    // Pull requests and the rest.
    ['a pull request', 'refs/pull/7/merge', {}, 'pr-7'],
    ['the head of a pull request', 'refs/pull/7/head', {}, 'pr-7'],
    ['a commit alone', '', {}, ''],
    ['some other ref', 'refs/notes/commits', {}, ''],
    // Refused.
    ['a version of another commit', v, { registry: ['1.4.2'], held: { '1.4.2': held(other) } }, 'version-tag-taken'],
    ['a version of somebody else', v, { registry: ['1.4.2'], held: { '1.4.2': held(null) } }, 'version-tag-taken'],
    ['a pre-release of another commit', 'refs/tags/v2.0.0-rc.1', { held: { '2.0.0-rc.1': held(other) } }, 'version-tag-taken'],
    ['two tags of one version', v, { git: ['v1.4.2', '1.4.2'] }, 'tags-collide'],
    ['a twin under another prefix', v, { git: ['v1.4.2', 'shop/1.4.2'] }, all],
  ])('%s: %s', (_title, ref, state, expected) => {
    expect(refused(ref, state)).toBe(expected)
  })

  it.each<[State, string]>([
    [{ git: ['v1.4.2', 'v1.4.3'] }, '1.4.3 is in Git'],
    [{ git: ['v1.4.2'], registry: ['1.4.3'] }, '1.4.3 is in the registry'],
    [{ git: ['v1.4.2', 'v1.4.3'], registry: ['1.4.3'] }, '1.4.3 is in Git and in the registry'],
    [{ git: ['v1.4.2', 'v1.4.4', 'v1.4.3'], registry: ['1.4.3'] }, '1.4.4 is in Git'],
    [{ git: ['v1.4.2'], complete: false }, 'set `fetch-depth: 0`'],
    [{ git: ['v1.4.2'] }, '1.4.2 is the highest of 1.4.*'],
  ])('says why: %j', (state, why) => {
    expect(decideTags(request(v, state)).find(({ name }) => name === '1.4')?.why).toContain(why)
  })

  it('moves those of a version last, from the narrowest line to latest', () => {
    expect(decideTags(request(v, {})).map(({ name }) => name)).toEqual([own, '1.4.2', '1.4', '1', 'latest'])
  })
})
