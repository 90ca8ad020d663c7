// Answers of handlers: what they hold beside what the handler knows comes from the examples of GitHub's description.

/** What a handler throws instead of an answer. */
export class Refusal extends Error {
  constructor(status, message, errors) {
    super(message)
    this.status = status
    this.body = { message, ...(errors === undefined ? {} : { errors }), documentation_url: 'https://docs.github.com/rest', status: String(status) }
  }
}

export const notFound = () => new Refusal(404, 'Not Found')
/** HTTP 422, as `{ resource, code, field, message }`. */
export const invalid = (...errors) => new Refusal(422, 'Validation Failed', errors)

/** One page of a list, and the `Link` to the others. */
export function paged(list, { query, url }) {
  const size = Math.min(Number(query.per_page ?? 30), 100)
  const page = Number(query.page ?? 1)
  const last = Math.max(1, Math.ceil(list.length / size))
  const to = (number) => {
    const link = new URL(url)
    link.searchParams.set('per_page', String(size))
    link.searchParams.set('page', String(number))
    return link.href
  }
  const links = [...(page < last ? [['next', page + 1], ['last', last]] : []), ...(page > 1 ? [['prev', page - 1], ['first', 1]] : [])]
  return {
    items: list.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.map(([rel, number]) => `<${to(number)}>; rel="${rel}"`).join(', ') },
  }
}

/** A copy of an example of the description. */
export function example(context, name) {
  return structuredClone(context.examples[name].value)
}

/** The moment, as GitHub writes it. */
export const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

/** A copy without what is the server's own. */
export const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)))
