import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { configReference, configSchema } from '../../../src/config'
import { faults, resolved } from './commit'

const docs = join(process.cwd(), 'docs')
const schemaFile = join(docs, 'slipway.schema.json')
const referenceFile = join(docs, 'configuration.md')
const schemaText = `${JSON.stringify(configSchema(), null, 2)}\n`
const withKeys = (text: string): string =>
  text.replace(/<!-- keys -->[^]*<!-- \/keys -->/, () => `<!-- keys -->\n\n${configReference()}\n<!-- /keys -->`)

// UPDATE_PUBLISHED=1 writes what is checked here.
if (process.env['UPDATE_PUBLISHED'] === '1') {
  writeFileSync(schemaFile, schemaText)
  writeFileSync(referenceFile, withKeys(readFileSync(referenceFile, 'utf8')))
}

const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configSchema())

describe('what is published is made from the keys that are read', () => {
  it('docs/slipway.schema.json', () => expect(readFileSync(schemaFile, 'utf8')).toBe(schemaText))

  it('docs/configuration.md', () => {
    const text = readFileSync(referenceFile, 'utf8')
    expect(text).toContain('<!-- keys -->')
    expect(text).toBe(withKeys(text))
  })

  it('every example in the documentation is valid', () => {
    const blocks = [...readFileSync(referenceFile, 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) =>
      parse(yaml!) as unknown)
    expect(blocks).toHaveLength(8)
    for (const block of blocks.slice(1)) expect([valid(block), valid.errors]).toEqual([true, null])
  })

  it('every example of a key is valid where it belongs', () => {
    const sections = configReference().split('### ').slice(1)
    expect(sections).toHaveLength(14)
    const rows = sections.flatMap((section) => {
      const inside = /^`(compose|cluster|health|install|stop|sandbox|static|pages|tls|rollout|gates)`/.exec(section)?.[1]
      return [...section.matchAll(/^\| `[\w-]+` \|.*\| `([^`]*)` \|$/gm)].map(([, example]) =>
        section.startsWith('`chart`') ? `cluster: { chart: { name: a, repository: "https://a.example", ${example} } }`.replace('name: a, ', example!.startsWith('name') ? '' : 'name: a, ')
          .replace('repository: "https://a.example", repository', 'repository') : inside ? `${inside}: { ${example} }` : section.startsWith('A command') ? `before: { run: x, ${example} }`.replace('run: x, run', 'run')
          : example!)
    })
    expect(rows.length).toBeGreaterThan(35)
    for (const row of rows) expect([row, valid(parse(row)), valid.errors]).toEqual([row, true, null])
  })
})

describe('schema and reader agree', () => {
  const good = [
    'start: node a.js', 'start: x\nhealth: /up', 'start: x\nhealth: { command: a, timeout: 5s }',
      'start: x\nhealth: { timeout: 5m }',
    'start: x\nrollout: { drain: 0, wave: 3, timeout: 1h }', 'start: x\nrollout: { wave: 100% }', 'start: x\nrollout:',
      'start: x\nshared:',
    'start: x\nbuild: a', 'start: x\nbuild: [a, a]', 'start: x\nenv: { A: 1, B: true, C: "", D: x }', 'start: x\nmemory: 1.5G',
    'start: x\ninstall: {}', 'start: x\nruntime: node@lts/jod', 'start: x\npackages: [gcc, libpq-dev]',
    'start: x\nroute: /a/.well-known/b', 'start: x\nruntime: python@3.11.4', 'start: x\nruntime: node',
      'start: x\ndomain: a.example', 'start: x\ndomain: [a.example, "*.b.example"]\ntls: { certificate: A, key: B }\nhsts: 365d',
    'start: x\ndomain: a.example\naliases: [www.a.example]\ntls: off',
    'start: x\ntrusted-proxies: 203.0.113.7', 'start: x\ntrusted-proxies: [10.0.0.0/8, "2001:db8::/32", "::1"]',
      'start: x\ndomain: a.example\ntls: off\ntrusted-proxies: [10.0.0.0/8]\nhsts: 365d',
    'services: { a: { start: x }, b: { start: y, on: first, overlap: false } }', 'start: x\nshared: [./a/, b/c]',
      'start: x\ntag-prefix: ""',
    'start: x\nbefore: { run: a, timeout: 90s }', 'start: x\nbuild: [a, { run: b }]\nafter: [{ run: a, timeout: 2h }]',
      'start: x\nsecrets: [A]\nsecrets-as: files', 'start: x\nrollback-floor: true',
    'start: x\nstop: { signal: SIGINT, timeout: 0 }', 'start: x\npath: .', 'start: x\ntasks: 64\nsandbox: { devices: true }',
      'services: { a: { start: x }, b: { start: y, schedule: "*/5 8-18 * * mon-fri", timeout: 5m } }',
      'services: { a: { start: x }, b: { start: y, schedule: once, health: { timeout: 5m } } }',
      'start: x\nenvironments: { production: { env: null, domain: null } }',
    'services: { a: { start: x } }\nenvironments: { production: { services: { a: { env: { A: null }, memory: null } } } }',
    'target: cluster\nroute: /', 'target: cluster\nservices: { a: { route: / } }\ncluster: { namespace: b, values: { c: [1, { d: null }] }, values-files: [] }',
    'cluster: oci://ghcr.io/a/b:1.2.3', 'cluster: { chart: { name: a, repository: "https://a.example", version: 1.2.3 }, secret-values: { a.b: C }, images: { web: a.image } }',
    'cluster: { chart: oci://ghcr.io/a/b:1.2.3 }\nenvironments: { production: { cluster: { values: { a: null }, namespace: null } } }'
  ]
  it.each(good)('good: %j', async (yaml) => {
    expect([valid(parse(yaml)), valid.errors]).toEqual([true, null])
    await expect(resolved(yaml, {}, { environment: yaml.includes('environments') ? 'production' : '' })).resolves.toBeDefined()
  })

  const wrong = [
    'start: x\ninstall: { secrets: [a-b] }', 'start: x\npackages: ["gcc; x"]', 'start: x\npackages: gcc', 'start: x\nruntime: node@lts/',
    'strat: x', 'start: 5', 'start: [x]', 'start: +x', 'start: "a\\nb"', 'start: ""', 'start: x\nkeep: 0',
      'start: x\nkeep: "5"', 'start: x\nkeep: 1.5',
    'start: x\nhealth: "/a\\nb"', 'start: x\nhealth: { path: a }', 'start: x\nrollout: { drain: 30 }',
      'start: x\nrollout: { wave: 0% }',
    'start: x\nrollout: { timeout: 0 }', 'start: x\nrollout: { x: 1 }', 'start: x\nsecrets: A', 'start: x\nsecrets: [A, A]',
      'start: x\nsecrets: [a-b]',
    'start: x\nenv: { A: [b] }', 'start: x\nenv: { A-B: c }', 'start: x\nenv: { A: "b\\nc" }', 'start: x\nmemory: 512',
      'start: x\nroute: a',
    'start: x\nroute: //', 'start: x\nroute: /a/../b', 'start: x\nroute: /a;b', 'start: x\nruntime: ruby',
      'start: x\ndomain: A.example',
    'start: x\ndomain: https://a.example', 'start: x\nshared: [/a]', 'start: x\nshared: [a b]', 'start: x\ninstances: 65',
      'start: x\ntarget: lambda',
    'services: { A: { start: x } }', 'services: { a: { start: x, keep: 5 } }', 'app: Shop\nstart: x',
      'start: x\nstop: { signal: TERM }',
    'start: x\nbefore: { timeout: 5m }', 'start: x\nafter: [{ run: a, timeout: 0 }]', 'start: x\nbuild: [{ run: a, user: root }]',
      'start: x\nbefore: [{ run: +a }]', 'start: x\nsecrets-as: file', 'start: x\nrollback-floor: yes',
    'start: x\nenv: { A: null }', 'start: x\ndomain: null', 'start: x\ndomain: []', 'start: x\ndomain: a.example\ntls: on',
      'start: x\ndomain: a.example\nhsts: 365', 'start: x\ndomain: a.example\naliases: ["*.a.example"]', 'start: x\ntag-prefix: a b', 'services: []',
      'start: x\ntrusted-proxies: any', 'start: x\ntrusted-proxies: [10.0.0.0/0]', 'start: x\ntrusted-proxies: [lb.example.com]',
      'start: x\nenvironments: { a b: {} }',
    'cluster: { chart: 5 }', 'cluster: { chart: { name: a, repository: "ftp://a.example", version: 1.2.3 } }', 'cluster: { chart: { repository: "https://a.example" } }',
    'cluster: { chart: { name: a, repository: "https://a.example", version: 1.2 } }', 'cluster: { release: A }', 'cluster: { namespace: a.b }', 'cluster: { values: [] }',
    'cluster: { values-files: [/a] }', 'cluster: { secret-values: { "a[0]": B } }', 'cluster: { secret-values: { a: b-c } }', 'cluster: { images: { web: a..b } }', 'cluster: { repo: a }'
  ]
  it.each(wrong)('wrong: %j', async (yaml) => {
    expect(valid(parse(yaml))).toBe(false)
    expect((await faults(yaml)).length).toBeGreaterThan(0)
  })
})
