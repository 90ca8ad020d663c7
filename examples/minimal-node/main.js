// The smallest web app: says hello, and who it is. No packages.
import { createServer } from 'node:http'

const body = JSON.stringify({ hello: 'world', version: '1.0.0' })
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
})
server.listen(process.env.PORT, '127.0.0.1')
process.once('SIGTERM', () => server.close())
