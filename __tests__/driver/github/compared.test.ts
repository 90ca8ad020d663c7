import { compareCommits } from '../../../src/drivers/github'
import type { GitHubServer } from '../../../rig/github/server.mjs'
import { rejectionOf } from '../../unit/release/failure'
import { startShop } from './shop'

let server: GitHubServer & { readonly commit: string }

beforeAll(async () => { server = await startShop() })
afterAll(async () => await server.stop())

it('compares commits as Git has them', async () => {
  const { commit: first, repository } = server
  const second = repository.commit('Second')
  repository.git('branch', 'side', first)
  const aside = repository.commit('Aside', { branch: 'side' })
  const alone = repository.commit('Alone', { branch: 'orphan' })
  const compare = async (base: string, head: string): Promise<string> => (
    await compareCommits({ apiUrl: server.apiUrl, token: 'reads', repository: 'ada/shop', base, head })
  )
  expect(await compare(first, second)).toBe('ahead')
  expect(await compare(second, first)).toBe('behind')
  expect(await compare(first, first)).toBe('identical')
  expect(await compare(second, aside)).toBe('diverged')
  expect((await rejectionOf(compare(first, alone))).code).toBe('github-unknown-commit')
  expect((await rejectionOf(compare(first, 'f'.repeat(40)))).code).toBe('github-unknown-commit')
  expect(server.violations).toEqual([])
})
