import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { broughtChart, type BroughtChart } from '../../../../src/actions/cluster/brought-chart'
import type { Dependencies } from '../../../../src/actions/cluster/dependencies'
import { PrivateFolders } from '../../../../src/actions/cluster/private-folders'
import type { Source } from '../../../../src/actions/source'
import type { CommittedTree } from '../../../../src/release/tree'
import { textKey, type SourcedFile } from '../../../../src/release/sources'

/** A commit that has these files; what begins with `-> ` is a link. */
function commitOf(texts: Readonly<Record<string, string>>): Source {
  const links = new Map(Object.entries(texts).flatMap(([path, text]) => text.startsWith('-> ') ? [[path, text.slice(3)]] : []))
  const files = Object.entries(texts).map(([path, said]): SourcedFile => {
    const text = links.get(path) ?? said
    return { path, mode: links.has(path) ? '120000' : '100644', key: textKey(text), size: text.length, source: { kind: 'text', text } }
  })
  const tree: CommittedTree = { files, links, missing: [] }
  return { checkout: { tree: async () => tree } } as unknown as Source
}

describe('a chart of the commit, completed by Helm', () => {
  let folder = ''
  /** What Helm's `dependency build` leaves in charts/ of all that was packed there before. */
  let upstream = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-brought-'))
    upstream = join(folder, 'upstream')
    mkdirSync(upstream)
    writeFileSync(join(folder, 'helm'), `#!/bin/sh\n[ "$1 $2" = 'dependency build' ] && rm -f "$3"/charts/*.tgz && cp ${upstream}/* "$3/charts/"\n`, { mode: 0o755 })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const committed = { 'chart/Chart.yaml': '', 'chart/charts/redis-1.0.0.tgz': 'ours', 'chart/charts/unlisted-1.0.0.tgz': 'more', 'chart/charts/own/Chart.yaml': '', 'base/Chart.yaml': 'base' }
  const lacking: Dependencies = { missing: ['postgres', 'base'], local: [{ name: 'base', folder: 'base' }], places: [] }
  async function bring(published: Readonly<Record<string, string>>, dependencies = lacking, texts: Readonly<Record<string, string>> = committed): Promise<BroughtChart & { readonly charts: Readonly<Record<string, string>> }> {
    for (const [name, text] of Object.entries(published)) writeFileSync(join(upstream, name), text)
    const brought = await broughtChart({ kind: 'folder', path: 'chart' }, 'shop', {
      source: commitOf(texts), commit: 'a'.repeat(40), dependencies, access: { registryConfig: null, repositories: [] }, helm: { path: join(folder, 'helm'), version: '4.2.4', major: 4 },
      folders: new PrivateFolders({ RUNNER_TEMP: folder }, async () => undefined), signal: new AbortController().signal,
    })
    const charts = join(brought.folder, 'charts')
    return { ...brought, charts: Object.fromEntries(readdirSync(charts, { withFileTypes: true }).map((entry) => [entry.name, entry.isFile() ? readFileSync(join(charts, entry.name), 'utf8') : 'a folder'])) }
  }

  it('what is committed runs, whatever Helm fetched or cleared; the rest is what it fetched', async () => {
    const { charts } = await bring({ 'redis-1.0.0.tgz': 'theirs', 'redis-1.0.1.tgz': 'newer', 'postgres-2.0.0.tgz': 'fetched', 'base-1.0.0.tgz': 'packed' })
    expect(charts).toEqual({ 'redis-1.0.0.tgz': 'ours', 'unlisted-1.0.0.tgz': 'more', 'own': 'a folder', 'postgres-2.0.0.tgz': 'fetched', 'base-1.0.0.tgz': 'packed' })
  })

  it('its digest is of what runs', async () => {
    const first = await bring({ 'redis-1.0.0.tgz': 'theirs', 'postgres-2.0.0.tgz': 'fetched', 'base-1.0.0.tgz': 'packed' })
    expect((await bring({ 'redis-1.0.0.tgz': 'published anew', 'base-1.0.0.tgz': 'packed later' })).digest).toBe(first.digest)
    expect((await bring({ 'postgres-2.0.0.tgz': 'published anew' })).digest).not.toBe(first.digest)
    writeFileSync(join(upstream, 'postgres-2.0.0.tgz'), 'fetched')
    expect((await bring({}, lacking, { ...committed, 'base/Chart.yaml': 'changed' })).digest).not.toBe(first.digest)
    expect((await bring({}, lacking, { ...committed, 'chart/charts/redis-1.0.0.tgz': 'another' })).digest).not.toBe(first.digest)
  })

  it('a folder below the chart is not written twice, and a folder of one that is committed packed is there for Helm', async () => {
    const { folder: chart, charts } = await bring({ 'sub-1.0.0.tgz': 'packed', 'base-1.0.0.tgz': 'packed' },
      { missing: ['sub'], local: [{ name: 'sub', folder: 'chart/sub' }, { name: 'base', folder: 'base' }], places: [] },
      { 'chart/Chart.yaml': '', 'chart/sub/Chart.yaml': '', 'base/Chart.yaml': '', 'chart/charts/base-1.0.0.tgz': 'ours' })
    expect(charts).toEqual({ 'sub-1.0.0.tgz': 'packed', 'base-1.0.0.tgz': 'ours' })
    expect(readFileSync(join(chart, '../base/Chart.yaml'), 'utf8')).toBe('')
  })

  it('what Helm has fetched, and has no folder, is no chart', async () => {
    const bringing = broughtChart({ kind: 'oci', reference: 'oci://registry.example.com/charts/shop', digest: null, version: '1.0.0' }, 'shop', {
      source: commitOf({}), commit: 'a'.repeat(40), dependencies: null, access: { registryConfig: null, repositories: [] }, helm: { path: '/bin/true', version: '4.2.4', major: 4 },
      folders: new PrivateFolders({ RUNNER_TEMP: folder }, async () => undefined), signal: new AbortController().signal,
    })
    await expect(bringing).rejects.toMatchObject({ code: 'helm-failed' })
    await bringing.catch((failure: unknown) => expect(JSON.stringify(failure)).toContain('its archive has no folder'))
  })

  it('a folder that is listed under two aliases is written once, links and all', async () => {
    const { folder: chart, charts } = await bring({ 'base-1.0.0.tgz': 'packed' },
      { missing: ['base'], local: [{ name: 'base', folder: 'base' }, { name: 'base', folder: 'base' }], places: [] },
      { 'chart/Chart.yaml': '', 'base/Chart.yaml': 'base', 'base/LICENSE': '-> Chart.yaml' })
    expect(charts).toEqual({ 'base-1.0.0.tgz': 'packed' })
    expect(readFileSync(join(chart, '../base/LICENSE'), 'utf8')).toBe('base')
  })
})
