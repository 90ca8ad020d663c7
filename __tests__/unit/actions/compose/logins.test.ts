import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ComposeAsked } from '../../../../src/actions/compose/asked'
import { loginsFor } from '../../../../src/actions/compose/logins'

const folder = mkdtempSync(join(tmpdir(), 'slipway-logins-'))
afterAll(() => rmSync(folder, { recursive: true }))
const auth = (text: string): string => Buffer.from(text).toString('base64')
writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: {
  'ghcr.io': { auth: auth('bob:token') }, 'https://index.docker.io/v1/': { auth: auth('eve:hub') }, 'other.example': { auth: auth('x:y') },
} }))

const inputs = { composeFile: [], project: null, profiles: [], images: null, registry: null, registryUsername: 'ada', registryPassword: 'pw' }
const nobody = { ...inputs, registryUsername: null, registryPassword: null }
const asked = (...registries: readonly string[]): ComposeAsked => ({
  inputs: { files: [], project: null, profiles: [], images: {} }, given: [],
  images: registries.map((registry, index) => ({ service: `s${index}`, reference: '', registry })),
})
const logins = (of: Parameters<typeof loginsFor>[0], ...registries: readonly string[]): ReturnType<typeof loginsFor> =>
  loginsFor(of, asked(...registries), { DOCKER_CONFIG: folder }, new AbortController().signal)
const ada = (registry: string): object => ({ registry, username: 'ada', password: 'pw' })
const bob = { registry: 'ghcr.io', username: 'bob', password: 'token' }

describe('who pulls', () => {
  it('is whom the inputs name, at the registry of the images', async () => {
    expect(await logins(inputs, 'ghcr.io', 'ghcr.io')).toEqual([ada('ghcr.io')])
  })
  it('or at the one that they name, be an image of it or not', async () => {
    expect(await logins({ ...inputs, registry: 'Registry.example.com:5000/' })).toEqual([ada('registry.example.com:5000')])
  })
  it('is whom an earlier step has logged in, at the registries of the images only', async () => {
    expect(await logins(nobody, 'ghcr.io', 'docker.io', 'none.example')).toEqual([{ registry: 'docker.io', username: 'eve', password: 'hub' }, bob])
    expect(await logins(nobody)).toEqual([])
  })
  it('is both', async () => {
    expect(await logins({ ...inputs, registry: 'r.example' }, 'ghcr.io', 'r.example')).toEqual([ada('r.example'), bob])
  })
  it.each([[[]], [['a.example', 'b.example']]])('is not guessed at: %j', async (registries: readonly string[]) => {
    await expect(logins(inputs, ...registries)).rejects.toMatchObject({ code: 'registry-login', cure: expect.stringContaining('registry: ') })
  })
})
