import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { resolveConfig } from '../../../src/config'

const examples = join(process.cwd(), 'examples')
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'slipway.yml')))

describe('the examples', () => {
  it.each(names)('%s resolves', async (name) => {
    const at = (path: string): string => join(examples, name, path)
    const { config } = await resolveConfig({
      repositoryName: name,
      files: {
        read: async (path) => existsSync(at(path)) && statSync(at(path)).isFile() ? readFileSync(at(path), 'utf8') : null,
        exists: (path) => existsSync(at(path)),
        list: (path) => existsSync(at(path)) && statSync(at(path)).isDirectory() ? readdirSync(at(path)) : []
      }
    })
    for (const { runtime, start, static: served } of config.services) {
      if (served !== null) continue
      // An image has what runs it, and starts it.
      if (config.target === 'cluster') continue
      expect(runtime).not.toBeNull()
      expect(start).not.toBe('')
    }
    expect(config.services.some(({ route }) => route !== null)).toBe(true)
  })
})
