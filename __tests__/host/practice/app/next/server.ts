import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')
const read = (name: string): string => readFileSync(join(root, name), 'utf8').trim()
const service = process.env['SLIPWAY_SERVICE'] ?? ''
if (read('BROKEN').split(' ').includes(service)) {
  console.error(`${service} is broken in this release`)
  process.exit(3)
}
const assets = readdirSync(join(__dirname, 'assets'))
const told = { version: read('VERSION'), activation: Number(process.env['SLIPWAY_ACTIVATION']), service, assets }
const server = createServer((request, response) => {
  let given = ''
  request.setEncoding('utf8').on('data', (part: string) => { given += part }).on('end', () => {
    const body = JSON.stringify({ ...told, ...(given ? { echo: JSON.parse(given) as unknown } : {}) })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
  })
})
server.listen(Number(process.env['PORT']), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => process.exit(0)))
