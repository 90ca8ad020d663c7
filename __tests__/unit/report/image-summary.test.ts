import { hasChanged, pinnedOf, statusOfAll, type ImageOutcome, type ServiceImage } from '../../../src/image/outcome'
import { Failure } from '../../../src/errors'
import { imagesSummary, imageSummary } from '../../../src/report/image-summary'
import { Redactor } from '../../../src/report/redact'

const outcome: ImageOutcome = {
  status: 'pushed', image: 'r.example/ada/web', commit: '0'.repeat(40), version: 'v1.4.2', digest: 'sha256:index', digests: { 'linux/amd64': 'sha256:index' },
  tags: [{ name: '1.4.2', kind: 'version', state: 'made', why: 'the version', from: null }], layers: [{ digest: 'sha256:a', bytes: 2_000_000, by: 'COPY a' }],
  previous: null, stages: [], steps: { all: 0, cached: 0 }, builder: 'rig', missing: [], notes: [], made: null, plan: [], failures: [],
  took: { all: 3000, build: 2000, tags: 100 },
}
const image = (service: string, more: Partial<ImageOutcome> = {}): ServiceImage => ({ services: [service], outcome: { ...outcome, image: `r.example/ada/${service}`, ...more } })
const failed = new Failure({ code: 'copy-missing', what: 'It copies `x`.', cure: 'Commit it.', at: { file: 'worker/Dockerfile', line: 2 } })

describe('several images', () => {
  it.each<[readonly ImageOutcome['status'][], ImageOutcome['status']]>([
    [['unchanged', 'unchanged'], 'unchanged'], [['unchanged', 'pushed'], 'pushed'], [['built', 'built'], 'built'], [['planned', 'planned'], 'planned'],
    [['pushed', 'failed'], 'failed'], [['failed', 'cancelled'], 'cancelled'],
  ])('%s together are %s', (all, together) => {
    expect(statusOfAll(all.map((status) => ({ status })))).toBe(together)
  })

  it('have one look at all and a section each, a level lower', () => {
    const text = imagesSummary('pushed', [image('web'), image('worker', { status: 'unchanged' })], ['A note.'], new Redactor())
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '## ✅ 2 images of v1.4.2 are in the registry, 1 of them already',
      '### `web`: ✅ r.example/ada/web v1.4.2 is in the registry: 1 tag moved', '#### Tags', '#### Size',
      '### `worker`: ✅ r.example/ada/worker v1.4.2 was in the registry already: nothing was pushed', '#### Tags', '#### Size',
    ])
    expect(text).toContain('- A note.')
    expect(text).toMatch(/\| `worker` \| `r\.example\/ada\/worker` \| was there \|/)
  })

  it('name those that failed, and what is wrong at its place', () => {
    const text = imagesSummary('failed', [image('web', { status: 'failed' }), image('worker', { status: 'failed', failures: [failed], digest: '' })], [], new Redactor())
    expect(text).toContain('## ❌ 2 images of v1.4.2 are not all there: worker failed, so no version and no branch moves')
    expect(text).toContain('`worker/Dockerfile:2`: **It copies `x`.**')
  })

  it('of one alone have the headings of one', () => {
    expect(imageSummary(outcome, new Redactor()).split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '## ✅ r.example/ada/web v1.4.2 is in the registry: 1 tag moved', '### Tags', '### Size',
    ])
  })
})

describe('what a service is told to run', () => {
  it.each<[string, Partial<ImageOutcome>, string]>([
    ['the digest of an image', {}, 'r.example/ada/web@sha256:index'],
    ['that of the platform, where provenance makes an index of one', { digests: { 'linux/amd64': 'sha256:platform' } }, 'r.example/ada/web@sha256:platform'],
    ['that of the index of several', { digests: { 'linux/amd64': 'sha256:a', 'linux/arm64': 'sha256:b' } }, 'r.example/ada/web@sha256:index'],
    ['nothing, where nothing was pushed', { digest: '', digests: {} }, ''],
  ])('is %s', (_title, more, expected) => {
    expect(pinnedOf({ ...outcome, ...more })).toBe(expected)
  })
})

describe('a registry', () => {
  it.each<[Partial<ImageOutcome>, boolean]>([
    [{}, true], [{ tags: [] }, false], [{ status: 'failed', tags: [] }, true], [{ status: 'failed', tags: [], digest: '' }, false],
  ])('has changed after %j: %s', (more, changed) => {
    expect(hasChanged({ ...outcome, ...more })).toBe(changed)
  })
})
