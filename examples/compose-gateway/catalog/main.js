// The catalog.
const { createServer } = require('node:http')

const { VERSION: version, CURRENCY: currency } = process.env
const goods = [{ name: 'mug', price: 9 }, { name: 'lamp', price: 34 }]

async function bodyOf(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://catalog')
  const route = `${request.method} ${pathname}`
  if (route === 'GET /') return { service: 'catalog', version }
  if (route === 'GET /goods') return { goods: goods.map((good) => ({ ...good, currency })), version }
  if (route === 'POST /echo') return { echo: await bodyOf(request), version }
  if (route !== 'GET /slow') return undefined
  const seconds = Math.min(Number(searchParams.get('seconds') ?? 5), 60)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return { slept: seconds, version }
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? { version })),
    (error) => response.writeHead(400).end(error.message),
  )
})
server.listen(3000)

// Requests in hand are answered; then there is nothing left to do.
process.once('SIGTERM', () => server.close())
