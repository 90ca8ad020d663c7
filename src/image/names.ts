import { createHash } from 'node:crypto'
import { versionOfTag } from './version'

/** What a ref is called as a tag of an image. No two refs have the same name, whatever they are called in Git. */
export type RefName =
  /** A version: one tag that never moves, and lines that may. */
  | { readonly kind: 'version'; readonly tag: string }
  | { readonly kind: 'branch' | 'pull' | 'tag'; readonly tag: string }
  /** Nothing but its commit. */
  | { readonly kind: 'none' }

const longest = 128
const digits = 8

/** Forms that stand for something else than a branch: lines and versions, pull requests, commits, other tags of Git. */
const reserved = /^(latest|\d+|\d+\.\d+|\d+\.\d+\.\d+(-.*)?|pr-\d+|sha-[0-9a-f]{40}|tag-.*)$/

/** A name that ends like one that got digits could be the same as that. */
const suffixed = new RegExp(`-[0-9a-f]{${digits}}$`)

/** `GITHUB_REF`, and the prefix that slipway.yml declares for its tags. */
export function nameOfRef(ref: string, prefix: string): RefName {
  const [, kind = '', name = ''] = /^refs\/(heads|tags|pull)\/(.+)$/s.exec(ref) ?? []
  if (kind === 'heads') return { kind: 'branch', tag: branchTag(name, ref) }
  if (kind === 'tags') return tagName(name, prefix)
  const [, number = ''] = kind === 'pull' ? /^(\d+)\//.exec(name) ?? [] : []
  return number === '' ? { kind: 'none' } : { kind: 'pull', tag: `pr-${number}` }
}

/** By all of its digits: a short form may be another commit's too. */
export function commitTag(commit: string): string {
  return `sha-${commit}`
}

function tagName(tag: string, prefix: string): RefName {
  const version = versionOfTag(tag, prefix)
  if (version !== null) return { kind: 'version', tag: version.name }
  // Branches have the plain names, since there are more of them: `nightly` may be both.
  return { kind: 'tag', tag: fitted(`tag-${tag.startsWith(prefix) ? tag.slice(prefix.length) : tag}`, `refs/tags/${tag}`) }
}

function branchTag(branch: string, ref: string): string {
  return reserved.test(branch) ? withDigits(`branch-${branch}`, ref) : fitted(branch, ref)
}

/** The name where it can stand for itself; else what is left of it, and digits that are made of the whole ref. */
function fitted(name: string, ref: string): string {
  const stands = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= longest && !suffixed.test(name)
  return stands ? name : withDigits(name, ref)
}

function withDigits(name: string, ref: string): string {
  const allowed = name.replace(/[^A-Za-z0-9_.-]/gu, '-').replace(/^[.-]/, '_')
  const suffix = createHash('sha256').update(ref).digest('hex').slice(0, digits)
  return `${allowed.slice(0, longest - digits - 1)}-${suffix}`
}
