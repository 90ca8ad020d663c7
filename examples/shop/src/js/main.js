// The shop's web front: everything under /js/.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const express = require('express')

const version = readFileSync(join(__dirname, '..', '..', 'VERSION'), 'utf8').trim()

const web = express.Router()
web.get('/', (request, response) => response.json({ service: 'web', version }))
web.post('/echo', express.json(), (request, response) => response.json({ echo: request.body, version }))
web.get('/slow', (request, response) => {
  const seconds = Math.min(Number(request.query.seconds ?? 5), 60)
  setTimeout(() => response.json({ slept: seconds, version }), seconds * 1000)
})

const app = express().disable('x-powered-by').use('/js', web)
const server = app.listen(process.env.PORT, '127.0.0.1')

// Requests in hand are answered; then there is nothing left to do.
process.once('SIGTERM', () => server.close())
