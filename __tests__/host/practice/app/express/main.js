'use strict'
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const express = require('express')

const read = (name) => readFileSync(join(__dirname, '..', name), 'utf8').trim()
const { SLIPWAY_SERVICE: service, SLIPWAY_ACTIVATION: activation, PORT } = process.env
if (read('BROKEN').split(' ').includes(service)) {
  console.error(`${service} is broken in this release`)
  process.exit(3)
}
const told = { version: read('VERSION'), activation: Number(activation), service }
const app = express()
app.use(express.json())
app.use((request, response) => response.json({ ...told, ...(request.method === 'POST' ? { echo: request.body } : {}) }))
const server = app.listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => process.exit(0)))
