import { Failure } from '../../../src/errors'
import { findDockerfile, type Listing } from '../../../src/image/find'

const listing = (...paths: readonly string[]): Listing => ({
  exists: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
  list: (folder) => [...new Set(paths.flatMap((path) => {
    const inside = folder === '.' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : ''
    return inside === '' ? [] : [inside.split('/')[0] ?? '']
  }))],
})
const found = (paths: readonly string[], context = '.', file: string | null = null): string => {
  try {
    const place = findDockerfile(listing(...paths), context, file)
    return `${place.context} ${String(place.file)}`
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${error.what} ${error.cure}`
    throw error
  }
}

describe('the Dockerfile', () => {
  it.each<[readonly string[], string, string | null, string | RegExp]>([
    [['Dockerfile', 'a.js'], '.', null, '. Dockerfile'],
    [['Containerfile'], '.', null, '. Containerfile'],
    [['Dockerfile', 'api/Dockerfile'], '.', null, '. Dockerfile'],
    [['Dockerfile', 'api/Dockerfile'], 'api', null, 'api api/Dockerfile'],
    [['docker/web.Dockerfile', 'Dockerfile'], '.', 'docker/web.Dockerfile', '. docker/web.Dockerfile'],
    [['a.js'], '.', null, '. null'],
    [['Dockerfile', 'Containerfile'], '.', null, /^dockerfile-several: .*`Dockerfile`, `Containerfile`.*`file: Dockerfile`/],
    [['api/Dockerfile'], '.', null, /^dockerfile-several: .*`api\/Dockerfile` is elsewhere.*`context: api`, if its COPY lines begin in api; or only `file: api\/Dockerfile`/],
    [['docker/Dockerfile.web'], '.', null, /`context: docker` and `file: docker\/Dockerfile\.web`/],
    [['a/Dockerfile', 'b/Dockerfile'], '.', null, /^dockerfile-several: .*`a\/Dockerfile`, `b\/Dockerfile`/],
    [['Dockerfile'], '.', 'Dockerfil', /^dockerfile-missing: .*no `Dockerfil`/],
    [['Dockerfile'], 'api', null, /^context-missing: .*no folder `api`/],
    [['Dockerfile.dockerignore', 'a.js'], '.', null, '. null'],
  ])('%j in %s, file %s', (paths, context, file, expected) => {
    if (typeof expected === 'string') expect(found(paths, context, file)).toBe(expected)
    else expect(found(paths, context, file)).toMatch(expected)
  })
})
