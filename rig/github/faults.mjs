// What can go wrong between a client and GitHub, as answers.

const page = '<!DOCTYPE html><html><head><title>Unicorn!</title></head><body><p>We had issues producing the response to your request.</p></body></html>'
const json = (status, body, headers = {}) => ({ status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, text: JSON.stringify(body) })
const docs = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api'
const seconds = () => Math.floor(Date.now() / 1000)

/** By name; each may be given options. `null` as the answer: none comes. */
const named = {
  /** The hourly one. `reset`: in how many seconds it ends. */
  'rate-limit': ({ reset = 1 } = {}) => json(403, { message: 'API rate limit exceeded for installation ID 1.', documentation_url: docs, status: '403' }, {
    'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds() + reset), 'x-ratelimit-resource': 'core',
  }),
  /** That of too much at once. `after`: seconds; null: it does not say. */
  'secondary-rate-limit': ({ after = 1 } = {}) => json(
    429, { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', documentation_url: docs },
    after === null ? {} : { 'retry-after': String(after) },
  ),
  'unprocessable': ({ errors = [{ resource: 'Release', code: 'custom', message: 'made up' }] } = {}) => (
    json(422, { message: 'Validation Failed', errors, documentation_url: 'https://docs.github.com/rest', status: '422' })
  ),
  'error': () => json(500, { message: 'Server Error', documentation_url: 'https://docs.github.com/rest', status: '500' }),
  'page': () => ({ status: 502, headers: { 'content-type': 'text/html' }, text: page }),
  /** A proxy's own. */
  'foreign-page': () => ({ status: 200, headers: { 'content-type': 'text/html' }, text: page }),
  'gone': () => json(404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' }),
  'forbidden': () => json(403, { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest', status: '403' }),
}

export class Faults {
  #waiting = []

  /** See `Fault` in server.d.mts. */
  add(fault) {
    if (fault.answer !== undefined && !(fault.answer in named) && !['silence', 'cut', 'reset'].includes(fault.answer)) throw new Error(`There is no fault ${fault.answer}.`)
    this.#waiting.push({ times: 1, effect: false, ...fault })
  }

  clear() {
    this.#waiting = []
  }

  /** The one that meets this call; null when none does. */
  meet({ number, operation }) {
    const found = this.#waiting.find(({ call, operation: wanted }) => (call === undefined || call === number) && (wanted === undefined || wanted === operation))
    if (found === undefined) return null
    found.times -= 1
    if (found.times <= 0) this.#waiting = this.#waiting.filter((one) => one !== found)
    return found
  }
}

/** Gives the answer of a fault, or breaks off, in place of `own`, which is what the call would have got. */
export function goWrong({ answer, with: options, then }, call, response, own) {
  then?.(call)
  if (answer === 'silence') return
  if (answer === 'reset' || answer === undefined) {
    response.socket?.resetAndDestroy()
    return
  }
  if (answer === 'cut') {
    const text = own?.text ?? '{"message": "this will not be all of it"}'
    response.writeHead(own?.status ?? 200, { ...own?.headers, 'content-length': Buffer.byteLength(text) })
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy())
    return
  }
  const { status, headers, text } = named[answer](options)
  response.writeHead(status, headers).end(text)
}
