// Requests and answers against GitHub's description of them.
import Ajv from 'ajv'

/** Where the description says less than GitHub does; the prose beside it says so. */
const amendments = {
  // "This may leave an empty asset with a state of `starter`."
  'release-asset': (schema) => schema.properties.state.enum.push('starter'),
}

export class Validation {
  #ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, formats: {
    // Addresses that nobody gave are empty, as the prose beside them says.
    'uri': (text) => text === '' || URL.canParse(text),
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    'uri-template': true, 'binary': true, 'email': true, 'int64': true, 'timestamp': true, 'repo.nwo': true, 'ssh-url': true,
  } })
  #operations
  #schemas = new Map()

  constructor({ operations, components }) {
    this.#operations = operations
    for (const [name, amend] of Object.entries(amendments)) amend(components.schemas[name])
    this.#ajv.addSchema({ $id: 'description', components: jsonSchema(components) })
  }

  /** What is wrong with a request; empty when nothing is. What the description does not know is wrong, too. */
  request(id, { path, query, body }) {
    const { parameters, requestBody } = this.#operations[id]
    const wrong = []
    for (const { name, in: where, required, schema } of parameters) {
      const given = where === 'path' ? path[name] : where === 'query' ? query[name] : undefined
      if (given === undefined) {
        if (required) wrong.push(`${where} parameter ${name} is missing`)
        continue
      }
      const value = schema.type === 'integer' ? Number(given) : schema.type === 'boolean' ? given === 'true' : given
      wrong.push(...this.#against(schema, value).map((text) => `${where} parameter ${name} ${text}`))
    }
    const known = parameters.filter((one) => one.in === 'query').map((one) => one.name)
    wrong.push(...Object.keys(query).filter((name) => !known.includes(name)).map((name) => `unknown query parameter ${name}`))
    const schema = requestBody?.content?.['application/json']?.schema
    if (schema !== undefined) {
      wrong.push(...this.#against(schema, body ?? {}).map((text) => `body${text}`))
      const fields = Object.keys(schema.properties ?? {})
      if (fields.length > 0) wrong.push(...Object.keys(body ?? {}).filter((name) => !fields.includes(name)).map((name) => `unknown field ${name}`))
    } else if (body !== null && requestBody === null) {
      wrong.push('a body where there is to be none')
    }
    return wrong
  }

  /** What is wrong with an answer; `body` is null when there is none. Errors have the general form where none is described. */
  answer(id, status, body) {
    const described = this.#operations[id].responses[status]
    if (described === undefined && status < 400) return [`${id} never answers HTTP ${status}`]
    const schema = described?.content?.['application/json']?.schema
      ?? (status === 422 ? { $ref: '#/components/schemas/validation-error' } : status >= 400 ? { $ref: '#/components/schemas/basic-error' } : null)
    if (schema === null) return body === null ? [] : [`${id} answers HTTP ${status} without a body`]
    return this.#against(schema, body).map((text) => `answer${text}`)
  }

  #against(schema, value) {
    const key = JSON.stringify(schema)
    if (!this.#schemas.has(key)) this.#schemas.set(key, this.#ajv.compile(jsonSchema(JSON.parse(key.replaceAll('"#/components/', '"description#/components/')))))
    const check = this.#schemas.get(key)
    return check(value) ? [] : check.errors.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
  }
}

/** `nullable` of OpenAPI 3.0 stands beside types, enumerations and references alike; JSON Schema has no word for it. */
function jsonSchema(schema) {
  if (Array.isArray(schema)) return schema.map(jsonSchema)
  if (typeof schema !== 'object' || schema === null) return schema
  const { nullable, ...rest } = schema
  if (nullable === true) return { anyOf: [{ type: 'null' }, jsonSchema(rest)] }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, jsonSchema(value)]))
}
