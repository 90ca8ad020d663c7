// The same in Node: on a port or on a socket, as the environment says.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const version = readFileSync(join(import.meta.dirname, 'VERSION'), 'utf8').trim()
const server = createServer((request, response) => {
  const told = { version, activation: Number(process.env.SLIPWAY_ACTIVATION), instance: process.env.SLIPWAY_INSTANCE, path: request.url }
  let given = ''
  request.on('data', (chunk) => { given += chunk }).on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(given ? { ...told, echo: JSON.parse(given) } : told))
  })
})
server.listen(process.env.SOCKET ?? { port: Number(process.env.PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => server.close(() => process.exit(0)))
