// Serves a folder on loopback, and writes "<pid> <address>" into its file `server` when it listens.
// Usage: node rig/serve.mjs FOLDER
import { createReadStream, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'

const folder = process.argv[2]

const server = createServer((request, response) => {
  const path = join(folder, normalize(decodeURIComponent(new URL(request.url, 'http://mirror').pathname)))
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) {
    response.writeHead(404).end('Not in this mirror.\n')
    return
  }
  response.writeHead(200, { 'content-length': found.size, 'content-type': 'application/octet-stream' })
  if (request.method === 'HEAD') response.end()
  else createReadStream(path).on('error', () => response.destroy()).pipe(response)
})
server.listen(0, '127.0.0.1', () => {
  writeFileSync(join(folder, 'server.part'), `${process.pid} http://127.0.0.1:${server.address().port}\n`)
  renameSync(join(folder, 'server.part'), join(folder, 'server'))
})
