import fc from 'fast-check'
import { compareCommits } from '../../../src/drivers/github/compare'
import { checksOf } from '../../../src/drivers/github/checks'
import { GitHub } from '../../../src/drivers/github/client'
import { assetsOf, createDraft, draftsOf, publishedRelease, uploadAsset } from '../../../src/drivers/github/releases'
import { replies, Replying } from '../server'
import { claim, surfaceOf } from '../surface'
import { altered, text } from '../texts'

const server = new Replying()
const release = { id: 1, tag_name: 'v1.4.2', name: 'v1.4.2', body: '- a', draft: true, prerelease: false, immutable: false, html_url: 'https://github.com/ada/shop/releases/1', upload_url: 'https://uploads.github.com/repos/ada/shop/releases/1/assets{?name,label}' }
const documents = [release, [release], { status: 'ahead' }, { message: 'Not Found', errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name', message: 'x' }] }, { message: 'API rate limit exceeded' },
  [{ id: 2, name: 'a.tgz', state: 'uploaded', size: 3, digest: null }], { total_count: 1, check_runs: [{ name: 'test', status: 'completed', conclusion: 'success', details_url: '', html_url: 'https://github.com/x' }] }, { statuses: [{ context: 'ci', state: 'pending', target_url: null }] }]
const header = fc.oneof(
  fc.tuple(fc.constant('link'), fc.oneof(fc.constantFrom('</repos/ada/shop/releases?page=2>; rel="next"', '<http://[>; rel="next"', '<http://other.invalid/>; rel="next"'), text.map((to) => `<${to}>; rel="next"`))),
  fc.tuple(fc.constant('location'), fc.oneof(fc.constantFrom('/repositories/1', 'http://other.invalid/', 'http://['), text)),
  fc.tuple(fc.constantFrom('retry-after', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'content-length', 'content-encoding'), fc.oneof(fc.constantFrom('0', '1', '99999999999', 'x'), text)))
  .map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, '')] as const)

/** Answers of GitHub, or of what stands between. */
export const surface = surfaceOf({
  inputs: fc.record({
    replies: replies(documents.map((one) => JSON.stringify(one)), header, altered(documents)), asks: fc.constantFrom('release', 'drafts', 'assets', 'checks', 'compare', 'make', 'upload'),
  }),
  async attempt({ replies, asks }) {
    const options = { apiUrl: `http://${await server.with(replies)}`, token: 'ghs_x', repository: 'ada/shop', waits: [], patience: 0 }
    const github = new GitHub(options)
    switch (asks) {
      case 'release': await publishedRelease(github, 'v1.4.2'); break
      case 'drafts': await draftsOf(github, 'v1.4.2'); break
      case 'assets': await assetsOf(github, { ...made, uploadUrl: '' }); break
      case 'checks':
        for (const { state } of await checksOf(github, '0'.repeat(40), '7')) claim(['green', 'red', 'pending'].includes(state), 'a check is neither:', state)
        break
      case 'compare': await compareCommits({ ...options, base: 'a', head: 'b' }); break
      case 'make': await createDraft(github, { tag: 'v1', name: 'v1', body: '', prerelease: false }); break
      case 'upload': {
        const draft = await createDraft(github, { tag: 'v1', name: 'v1', body: '', prerelease: false })
        // Where an upload goes is GitHub's word; here nothing may leave this machine.
        if (URL.canParse(draft.uploadUrl.replace(/\{.*$/, ''))) break
        await uploadAsset(github, draft, 'a.tgz', Buffer.from('x'))
        break
      }
    }
    return undefined
  },
  close: () => server.close(),
})

const made = { id: 1, tag: 'v1', name: 'v1', body: '', draft: true, prerelease: false, immutable: false, url: '' }
