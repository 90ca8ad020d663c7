import { parseAllDocuments, type DocumentOptions, type ParseOptions, type ScalarTag, type SchemaOptions, type Tags } from 'yaml'

/** YAML 1.1 has them, and Go's reader leaves them as the text that they are: `1:30`, `2026-11-27`. */
const leftAsText = (tag: Tags[number]): boolean => typeof tag === 'object' && (('format' in tag && tag.format === 'TIME') || tag.tag === 'tag:yaml.org,2002:timestamp')

/** Of YAML 1.2, and Go's reader takes it. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int', default: true, format: 'OCT', test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => (text.startsWith('-') ? -1 : 1) * Number.parseInt(text.replace(/^[-+]?0o/, '').replaceAll('_', ''), 8),
}

/** Read into what JSON can say. */
const binary: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary', resolve: (text) => Buffer.from(text.replaceAll(/\s/g, ''), 'base64').toString('utf8'),
}

const options: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1', merge: true, uniqueKeys: false, logLevel: 'silent',
  customTags: (tags) => [octal, binary, ...tags.filter((tag) => !leftAsText(tag) && (typeof tag !== 'object' || tag.tag !== binary.tag))],
}

/** What a document says; or why it says nothing. */
export type Said = { readonly value: unknown } | { readonly wrong: string }

/**
 * YAML as Helm and Kubernetes read it, which is YAML 1.1 but for times: `0644` is 420, `on` is true, and of a key that is there twice the last
 * counts.
 */
export function readGoYaml(text: string): readonly Said[] {
  return parseAllDocuments(text, options).map((document): Said => {
    const [error] = document.errors
    if (error !== undefined) return { wrong: error.message }
    try {
      return { value: document.toJS({ maxAliasCount: 1000 }) as unknown }
    } catch (cause) {
      // An alias that leads nowhere, or to too much.
      return { wrong: (cause as Error).message }
    }
  })
}
