import fc, { type Arbitrary } from 'fast-check'
import { compareCommits } from '../../../src/drivers/github/compare'
import { checksOf } from '../../../src/drivers/github/checks'
import { GitHub } from '../../../src/drivers/github/client'
import { assetsOf, createDraft, draftsOf, publishedRelease, uploadAsset, type Release, type ReleaseAsset } from '../../../src/drivers/github/releases'
import { replies, Replying, type Reply } from '../server'
import { claim, surfaceOf } from '../surface'
import { altered, text } from '../texts'

const server = new Replying()
const release = { id: 1, tag_name: 'v1.4.2', name: 'v1.4.2', body: '- a', draft: true, prerelease: false, immutable: false, html_url: 'https://github.com/ada/shop/releases/1', upload_url: 'https://uploads.github.com/repos/ada/shop/releases/1/assets{?name,label}' }
const asset = { id: 2, name: 'a.tgz', state: 'uploaded', size: 3, digest: null }
const runs = { total_count: 1, check_runs: [{ name: 'test', status: 'completed', conclusion: 'success', details_url: '', html_url: 'https://github.com/x' }] }
const statuses = { statuses: [{ context: 'ci', state: 'pending', target_url: null }] }
/** What answers each question, in the order in which it is asked. */
const good = {
  release: [release], drafts: [[release, { ...release, id: 3, tag_name: 'v1' }]], assets: [[asset]], checks: [{ ...runs, ...statuses }], make: [release], upload: [release, asset],
  compare: ['ahead', 'behind', 'identical', 'diverged'].map((status) => ({ status })),
} as const
type Question = keyof typeof good
const others = [...Object.values(good).flat(), { message: 'Not Found', errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name', message: 'x' }] }, { message: 'API rate limit exceeded' }]

const header = fc.oneof(
  fc.tuple(fc.constant('link'), fc.oneof(fc.constantFrom('</repos/ada/shop/releases?page=2>; rel="next"', '<http://[>; rel="next"', '<http://other.invalid/>; rel="next"'), text.map((to) => `<${to}>; rel="next"`))),
  fc.tuple(fc.constant('location'), fc.oneof(fc.constantFrom('/repositories/1', 'http://other.invalid/', 'http://['), text)),
  fc.tuple(fc.constantFrom('retry-after', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'content-length', 'content-encoding'), fc.oneof(fc.constantFrom('0', '1', '99999999999', 'x'), text)))
  .map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, '')] as const)
const strange = replies(others.map((one) => JSON.stringify(one)), header, altered(others))

/** Half of them all that was asked for, a little changed at most, so that what is read of it is reached. */
function answering(asks: Question): Arbitrary<readonly Reply[]> {
  const fitting = fc.tuple(...[...good[asks]].map((document) => fc.oneof({ weight: 3, arbitrary: fc.constant(document as unknown) }, { weight: 2, arbitrary: altered([document]) }))).chain((documents) => fc.tuple(...documents.map((document) =>
    fc.record({ status: fc.constantFrom(200, 201), headers: fc.constant([]), body: fc.constant(JSON.stringify(document) ?? ''), instead: fc.constant(null) }))))
  // One of them is the answer, where any of them would be.
  return fc.oneof(asks === 'compare' ? fitting.chain((all) => fc.constantFrom(...all).map((one) => [one])) : fitting, strange)
}

/** Answers of GitHub, or of what stands between. */
export const surface = surfaceOf({
  inputs: fc.constantFrom(...Object.keys(good) as Question[]).chain((asks) => fc.record({ asks: fc.constant(asks), replies: answering(asks) })),
  async attempt({ replies, asks }) {
    const apiUrl = `http://${await server.with(replies)}`
    const options = { apiUrl, token: 'ghs_x', repository: 'ada/shop', waits: [], patience: 0 }
    const github = new GitHub(options)
    switch (asks) {
      case 'release': {
        const found = await publishedRelease(github, 'v1.4.2')
        if (found !== null) judgeRelease(found)
        break
      }
      case 'drafts':
        for (const draft of await draftsOf(github, 'v1.4.2')) {
          judgeRelease(draft)
          claim(draft.draft && draft.tag === 'v1.4.2', 'a draft is another tag\'s, or none:', draft)
        }
        break
      case 'assets':
        (await assetsOf(github, { ...made, uploadUrl: '' })).forEach(judgeAsset)
        break
      case 'checks':
        for (const { name, state, said, url } of await checksOf(github, '0'.repeat(40), '7')) {
          claim(['green', 'red', 'pending'].includes(state), 'a check is neither:', state)
          claim([name, said, url].every((one) => typeof one === 'string'), 'a check says no words:', name, said, url)
        }
        break
      case 'compare': {
        const standing = await compareCommits({ ...options, base: 'a', head: 'b' })
        claim(['ahead', 'behind', 'identical', 'diverged'].includes(standing), 'commits stand to each other in another way:', standing)
        break
      }
      case 'make':
        judgeRelease(await createDraft(github, { tag: 'v1', name: 'v1', body: '', prerelease: false }))
        break
      case 'upload': {
        const draft = await createDraft(github, { tag: 'v1', name: 'v1', body: '', prerelease: false })
        judgeRelease(draft)
        // Where an upload goes is GitHub's word; here nothing may leave this machine.
        const { href, origin } = new URL(draft.uploadUrl.replace(/\{.*$/, ''))
        judgeAsset(await uploadAsset(github, { ...draft, uploadUrl: `${apiUrl}${origin === 'null' ? '/' : href.slice(origin.length)}` }, 'a.tgz', Buffer.from('x')))
        break
      }
    }
    return undefined
  },
  close: () => server.close(),
})

const made = { id: 1, tag: 'v1', name: 'v1', body: '', draft: true, prerelease: false, immutable: false, url: '' }

function judgeRelease({ id, tag, name, body, draft, prerelease, immutable, url, uploadUrl }: Release): void {
  claim(typeof id === 'number' && [tag, name, body, url].every((one) => typeof one === 'string'), 'a release was taken:', id, tag, name, body, url)
  claim([draft, prerelease, immutable].every((one) => typeof one === 'boolean'), 'a release is neither:', draft, prerelease, immutable)
  claim(URL.canParse(uploadUrl.replace(/\{.*$/, '')), 'an address was taken:', uploadUrl)
}

function judgeAsset({ id, name, state, size, digest }: ReleaseAsset): void {
  claim(typeof id === 'number' && typeof size === 'number' && [name, state, digest ?? ''].every((one) => typeof one === 'string'), 'an asset was taken:', id, name, state, size, digest)
}
