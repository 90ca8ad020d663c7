import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Texts of our own files below `folders` whose path matches, in the order of their paths. */
export function textsOf(pattern: RegExp, ...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(root, folder, path)))
    .filter((path) => pattern.test(path) && statSync(path).isFile()).sort().map((path) => readFileSync(path, 'utf8'))
}

/** What stands in backticks over several lines of our tests and documents: examples of formats, good and bad ones. */
export function examplesIn(pattern: RegExp, language: string, ...folders: readonly string[]): readonly string[] {
  return textsOf(pattern, ...folders).flatMap((text) => [...text.matchAll(new RegExp(`\\n\\s*\`\`\`${language}\\n([^]*?)\\n\\s*\`\`\``, 'g'))].map(([, inside = '']) => inside))
}
