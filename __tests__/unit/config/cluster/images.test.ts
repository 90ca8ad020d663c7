import { placeImages, type ImagesAsked } from '../../../../src/config/cluster/images'
import { readValues, type ChartValues } from '../../../../src/config/cluster/values'
import { Findings } from '../../../../src/config/findings'

const HEX = '0123456789ab'.padEnd(64, 'c')
const DIGEST = `sha256:${HEX}`
const WEB = `ghcr.io/ada/web@${DIGEST}`
const API = `ghcr.io/ada/api@${DIGEST}`

const chart = (yaml: string): ChartValues => readValues(yaml, 'values.yaml', new Findings()) ?? {}
const place = (yaml: string, images: Record<string, string>, more: Partial<ImagesAsked> = {}): ReturnType<typeof placeImages> =>
  placeImages({ images, places: {}, defaults: chart(yaml), values: {}, ...more })

/** Templates of charts join by a colon. */
const joined = ({ values }: ReturnType<typeof placeImages>): string => {
  const { repository, tag } = values['image'] as Record<string, string>
  return `${repository}:${tag}`
}

describe('the image of a service goes', () => {
  it.each<[string, string, Record<string, string>, ChartValues]>([
    ['to `image`, a text', 'image: nginx:1.27', { web: WEB }, { image: WEB }],
    ['to an empty text', 'image: ""', { web: WEB }, { image: WEB }],
    ['to an object with a digest', 'image: { repository: nginx, tag: "", digest: "" }', { web: WEB }, { image: { repository: 'ghcr.io/ada/web', digest: DIGEST } }],
    ['to an object without', 'image: { repository: nginx, pullPolicy: Always, tag: "" }', { web: WEB }, { image: { repository: 'ghcr.io/ada/web', tag: `0123456789ab@${DIGEST}` } }],
    ['apart from its registry', 'image: { registry: docker.io, repository: a/b, digest: "" }', { web: WEB }, { image: { registry: 'ghcr.io', repository: 'ada/web', digest: DIGEST } }],
    ['of Docker Hub', 'image: { registry: quay.io, repository: a/b, digest: "" }', { web: `nginx@${DIGEST}` }, { image: { registry: 'docker.io', repository: 'library/nginx', digest: DIGEST } }],
    ['to the key of its name', 'image: x\nweb: { image: y }', { web: WEB }, { web: { image: WEB } }],
    ['to the key of its name, as templates have it', 'webApi: { image: y }', { 'web-api': WEB }, { webApi: { image: WEB } }],
    ['to the key of each', 'web: { image: { repository: a } }\napi: { image: b }', { web: WEB, api: API }, { web: { image: { repository: 'ghcr.io/ada/web', tag: `0123456789ab@${DIGEST}` } }, api: { image: API } }],
  ])('%s', (_, yaml, images, values) => {
    expect(place(yaml, images)).toMatchObject({ values, failures: [] })
    expect(place(yaml, images).values).toEqual(values)
  })

  it('where slipway.yml says, be it there or not', () => {
    const places = { web: 'containers.front', api: 'global.images.api\\.v1' }
    expect(place('containers: { front: { repository: x, digest: y } }', { web: WEB, api: API }, { places })).toEqual({
      values: { containers: { front: { repository: 'ghcr.io/ada/web', digest: DIGEST } }, global: { images: { 'api.v1': API } } }, places, failures: [],
    })
  })

  it('where values that are laid over the chart\'s have made place', () => {
    expect(place('', { web: WEB }, { values: { image: { repository: 'x' } } }).places).toEqual({ web: 'image' })
    // What the chart knows of counts, whatever the values leave out.
    expect(place('image: { repository: x, digest: "" }', { web: WEB }, { values: { image: { repository: 'y' } } }).values).toEqual({ image: { repository: 'ghcr.io/ada/web', digest: DIGEST } })
  })

  it('so that a template that joins by a colon has a reference, with the tag that people know', () => {
    const yaml = 'image: { repository: nginx, tag: "1" }'
    expect(joined(place(yaml, { web: WEB }))).toBe(`ghcr.io/ada/web:0123456789ab@${DIGEST}`)
    expect(joined(place(yaml, { web: WEB }, { tags: { web: 'v1.4.2' } }))).toBe(`ghcr.io/ada/web:v1.4.2@${DIGEST}`)
    expect(place('image: x', { web: WEB }, { tags: { web: 'v1' } }).values).toEqual({ image: `ghcr.io/ada/web:v1@${DIGEST}` })
    expect(place('image: { repository: x, digest: "" }', { web: WEB }, { tags: { web: 'v1' } }).values).toEqual({ image: { repository: 'ghcr.io/ada/web', tag: 'v1', digest: DIGEST } })
  })

  it('nowhere when there is none', () => expect(place('image: x', {}, { places: { web: 'image' } })).toEqual({ values: {}, places: {}, failures: [] }))
})

describe('what cannot be placed is told with what to write', () => {
  const told = (placed: ReturnType<typeof placeImages>): readonly string[] => placed.failures.map(({ code, message }) => `${code} ${message}`)

  it.each<[string, Record<string, string>, Partial<ImagesAsked>, RegExp]>([
    ['replicas: 1', { web: WEB }, {}, /^chart-image-place .*`web`.*no `image`.*cluster: \{ images: \{ web: web\.image \} \}/],
    ['image: { name: x }\nnginx: { image: y, migrationImage: z }', { web: WEB }, {}, /images at `nginx\.image`, `nginx\.migrationImage`.*web: nginx\.image/],
    ['image: 5', { web: WEB }, { places: { web: 'image' } }, /at `image`, and there the chart's values have the number 5/],
    ['image: [a]', { web: WEB }, { places: { web: 'image' } }, /a list/],
    ['a: text', { web: WEB }, { places: { web: 'a.image' } }, /on the way there/],
    ['image: x', { web: WEB }, { places: { wbe: 'image' } }, /^chart-image-missing .*`wbe`.*Did you mean `web`/],
  ])('%j', (yaml, images, more, expected) => {
    expect(told(place(yaml, images, more))).toEqual([expect.stringMatching(expected)])
  })

  it('and two never go to one place', () => {
    expect(told(place('image: x', { web: WEB, api: API })).map((text) => text.split(' ')[0])).toEqual(['chart-image-place', 'chart-image-place'])
    expect(told(place('image: x', { web: WEB, api: API }, { places: { web: 'image', api: 'image' } }))).toEqual([expect.stringMatching(/`web` and `api` would both go to `image`/)])
  })
})
