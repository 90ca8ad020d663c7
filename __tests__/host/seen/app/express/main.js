'use strict'
// What an Express app sees of a request. TRUST says which proxies it believes.
const express = require('express')

const app = express()
if (process.env.TRUST) app.set('trust proxy', process.env.TRUST === 'true' || process.env.TRUST)
app.use((request, response) => {
  response.json({ scheme: request.protocol, client: request.ip ?? null, path: request.path, headers: request.headers, env: process.env })
})
const server = process.env.SOCKET ? app.listen(process.env.SOCKET) : app.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => server.close(() => process.exit(0)))
