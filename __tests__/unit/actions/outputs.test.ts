import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { setOutputs } from '../../../src/actions/closing'
import { inTheOpen } from '../../../src/actions/in-the-open'
import type { AppConfig } from '../../../src/config'
import { Redactor } from '../../../src/report/redact'
import { parseFile } from '../../host/harness/action'

describe('outputs', () => {
  let folder: string
  let said: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-outputs-'))
    writeFileSync(join(folder, 'output'), '')
    process.env['GITHUB_OUTPUT'] = join(folder, 'output')
    said = ''
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said += String(text)
      return true
    })
  })
  afterEach(() => {
    jest.restoreAllMocks()
    delete process.env['GITHUB_OUTPUT']
    rmSync(folder, { recursive: true })
  })
  const outputs = (): Record<string, string> => parseFile(join(folder, 'output'))

  it('hold no secret, and which had one is said with what to do', async () => {
    await setOutputs({ 'image': 'registry.example.com/ada-account/shop@sha256:1', 'status': 'pushed', 'image-name': 'registry.example.com/ada-account/shop' }, new Redactor(['ada-account']))
    expect(outputs()).toEqual({ 'image': 'registry.example.com/***/shop@sha256:1', 'status': 'pushed', 'image-name': 'registry.example.com/***/shop' })
    expect(said).toMatch(/^::warning title=masked outputs::.*in the outputs `image`, `image-name`.*gh variable set/)
    expect(said).not.toContain('ada-account')
  })

  it('without one are as they are, and nothing is said', async () => {
    await setOutputs({ status: 'pushed', tags: '1.0\n1', url: '' }, new Redactor(['ada-account']))
    expect([outputs(), said]).toEqual([{ status: 'pushed', tags: '1.0\n1', url: '' }, ''])
  })
})

describe('what everybody may read', () => {
  const config = { app: 'shop', domains: ['shop.example.com'], aliases: ['www.example.com'], compose: { images: { web: `registry.example.com/ada/web@sha256:${'a'.repeat(64)}` } } } as unknown as AppConfig
  const open = inTheOpen(config, ['v1.2.3', 'deploy@203.0.113.7'])

  it.each(['shop.example.com', 'example.com', 'www.example.com', 'registry.example.com/ada', 'v1.2.3', '203.0.113.7', 'shop', 'v0.9.0-rc.1', '2026.11'])('is no secret, and is not masked: %s', (value) => {
    expect(open(value)).toBe(true)
  })

  it.each(['swordfish', 'example', 'deploy', 'registry', 'postgres://shop.example.com/x', '123456', 'v1.2.3 and more'])('may be one, and is: %s', (value) => {
    expect(open(value)).toBe(false)
  })
})
