import { Failure, failuresOf, type Position } from '../../errors'
import type { Findings } from '../findings'
import type { RepositoryFiles } from '../repository'
import { isNull, mappingAt, shown, type Mapping, type Node, type Scalar } from '../tree'
import { readDocument, type ComposeDocument } from './document'
import { interpolationOfLine, readEnvFile } from './env-file'
import { interpolationOf, substituted, wanting, type Interpolation, type Lookup } from './interpolation'
import { folderOf, inRepository, missing, outside } from './paths'
import { isActive, itemsOf, noService, overlaidService, serviceOf, textOf, type NamedFile, type ServiceDraft, type Written } from './service'
import type { Handed, Use } from './uses'

type Scope = ReadonlyMap<string, string>
const MOST_FILES = 200
const MOST_BYTES = 1024 * 1024

/** Reads what Compose itself reads to render a project, from the commit. */
export class Reading {
  readonly texts = new Map<string, string>()
  readonly uses: Use[] = []
  readonly handed: Handed[] = []
  readonly services = new Map<string, ServiceDraft>()
  /** The top level `secrets`, which builds may mount. */
  readonly secrets = new Map<string, Written>()
  /** `name:` of the first file. */
  name: Scalar | null = null
  readonly #files: RepositoryFiles
  readonly #findings: Findings
  /** What slipway.yml says of variables. */
  readonly #env: Readonly<Record<string, string>>
  readonly #documents = new Map<string, ComposeDocument | null>()
  readonly #sources: { kind: 'secret' | 'config'; name: string; variable: Scalar; scope: Scope }[] = []
  readonly #including = new Set<string>()
  /** Files that are no text, which has been said. */
  readonly #unread = new Set<string>()

  constructor(files: RepositoryFiles, findings: Findings, env: Readonly<Record<string, string>>) {
    this.#files = files
    this.#findings = findings
    this.#env = env
  }

  /** Compose files, in their order, and all that they lead to. Paths from the root of the repository. */
  async project(paths: readonly string[], by: string, at: Position | undefined): Promise<void> {
    const folder = folderOf(paths[0] ?? '.')
    const scope = await this.scopeOf([{ path: inRepository(folder, '.env') ?? '.env', by: 'Compose', at: undefined, required: false }], new Map())
    await this.#load(paths.map((path) => ({ path, by, at })), folder, scope)
  }

  /** What only services need that are started with these profiles. */
  async active(profiles: readonly string[]): Promise<void> {
    const used = { secret: new Set<string>(), config: new Set<string>() }
    for (const [name, draft] of this.services) {
      if (!isActive(draft, profiles)) continue
      const values = new Map<string, string>()
      for (const file of draft.files) await this.#serviceFile(name, file, values)
      for (const [variable, position] of draft.passed) {
        if (position !== null && !values.has(variable)) this.handed.push({ name: variable, at: position, needed: null, scope: draft.files[0]?.scope ?? new Map() })
      }
      for (const secret of draft.secrets) used.secret.add(secret)
      for (const config of draft.configs) used.config.add(config)
    }
    for (const { kind, name, variable, scope } of this.#sources) {
      if (!used[kind].has(name) || variable.at === undefined) continue
      this.handed.push({ name: variable.text, at: variable.at, needed: `the ${kind} \`${name}\``, scope })
    }
  }

  /** What env files say, the first before the later; values may refer to what is said before them. */
  async scopeOf(
    named: readonly { readonly path: string; readonly by: string; readonly at: Position | undefined; readonly required: boolean }[], outer: Scope,
  ): Promise<Scope> {
    const scope = new Map(outer)
    for (const { path, by, at, required } of named) {
      const text = await this.#text(path, by, at, required)
      if (text !== null) this.#envFile(text, path, null, outer, scope)
    }
    return scope
  }

  async #load(
    named: readonly { readonly path: string; readonly by: string; readonly at: Position | undefined }[], folder: string, scope: Scope,
  ): Promise<void> {
    for (const { path, by, at } of named) {
      const document = await this.#document(path, by, at)
      if (document === null) continue
      for (const root of document.roots) {
        const name = root.entries.get('name')?.value
        if (this.name === null && this.#including.size === 0 && name?.kind === 'scalar') this.name = name
        for (const [key, entry] of root.entries) if (key !== 'services') this.#scan(entry.value, document, scope, null, false)
        await this.#includes(root, document, folder, scope)
        await this.#services(root, document, folder, scope)
        for (const { key, value } of mappingAt(root, 'secrets')?.entries.values() ?? []) this.secrets.set(key, { node: value, document, folder, scope })
        for (const kind of ['secret', 'config'] as const) {
          for (const entry of mappingAt(root, `${kind}s`)?.entries.values() ?? []) {
            const variable = entry.value.kind === 'mapping' ? entry.value.entries.get('environment')?.value : undefined
            if (variable?.kind === 'scalar' && variable.value !== null) this.#sources.push({ kind, name: entry.key, variable, scope })
          }
        }
      }
    }
  }

  async #includes(root: Mapping, document: ComposeDocument, folder: string, scope: Scope): Promise<void> {
    for (const item of itemsOf(root.entries.get('include')?.value)) {
      const at = item.at
      const option = (key: string): readonly Node[] => item.kind === 'mapping' ? itemsOf(item.entries.get(key)?.value) : []
      const paths = item.kind === 'mapping' ? option('path') : [item]
      const found = paths.map((path) => this.#path(path, folder, scope, document, '`include`'))
      const sound = found.filter((path) => path !== null)
      const [first] = sound
      if (first === undefined || sound.length < found.length) continue
      const [asked] = option('project_directory')
      const below = asked === undefined ? folderOf(first) : this.#path(asked, folder, scope, document, '`project_directory`')
      if (below === null) continue
      const given = option('env_file').map((file) => ({ file, path: this.#path(file, folder, scope, document, '`env_file`') }))
      const envFiles = given.length === 0
        ? [{ path: inRepository(below, '.env') ?? '.env', by: 'Compose', at: undefined, required: false }]
        : given.flatMap(({ file, path }) => path === null ? [] : [{ path, by: '`env_file`', at: file.at, required: true }])
      const key = sound.join('\n')
      if (this.#including.has(key)) {
        this.#findings.add(new Failure({ code: 'compose-include-loop', at, what: `\`include\` of ${shown(first)} comes back to itself.`, cure: 'Remove one of the two.' }))
        continue
      }
      this.#including.add(key)
      await this.#load(sound.map((path) => ({ path, by: '`include`', at })), below, await this.scopeOf(envFiles, scope))
      this.#including.delete(key)
    }
  }

  async #services(root: Mapping, document: ComposeDocument, folder: string, scope: Scope): Promise<void> {
    for (const entry of mappingAt(root, 'services')?.entries.values() ?? []) {
      if (entry.value.kind !== 'mapping') {
        if (document.tagged(entry.value) === 'reset') this.services.delete(entry.key)
        continue
      }
      this.#scanService(entry.key, entry.value, document, scope)
      const draft = await this.#extended(entry.key, root, document, folder, scope, 0)
      this.services.set(entry.key, overlaidService(this.services.get(entry.key) ?? noService, draft ?? noService))
    }
  }

  /** A service with what it extends below it. */
  async #extended(name: string, root: Mapping, document: ComposeDocument, folder: string, scope: Scope, depth: number): Promise<ServiceDraft | null> {
    const entry = mappingAt(root, 'services')?.entries.get(name)
    if (entry?.value.kind !== 'mapping') return null
    const own = serviceOf(entry, entry.value, document, folder, scope)
    const from = entry.value.entries.get('extends')?.value
    if (from === undefined || isNull(from) || depth > 16) return own
    const base = textOf(from.kind === 'mapping' ? from.entries.get('service')?.value : from)
    const file = from.kind === 'mapping' ? from.entries.get('file')?.value : undefined
    if (file === undefined) {
      const below = await this.#extended(base, root, document, folder, scope, depth + 1)
      return below === null ? own : overlaidService(below, own)
    }
    const path = this.#path(file, folder, scope, document, '`extends`')
    const other = path === null ? null : await this.#document(path, '`extends`', file.at)
    if (path === null || other === null) return own
    let below: ServiceDraft | null = null
    for (const otherRoot of other.roots) {
      for (const [key, { value }] of otherRoot.entries) if (key !== 'services') this.#scan(value, other, scope, null, false)
      for (const { key, value } of mappingAt(otherRoot, 'services')?.entries.values() ?? []) {
        // Compose fills in the whole file, whichever of its services is extended.
        if (value.kind === 'mapping') this.#scanService(key === base ? name : '', value, other, scope)
      }
      below = await this.#extended(base, otherRoot, other, folderOf(path), scope, depth + 1) ?? below
    }
    return below === null ? own : overlaidService(below, own)
  }

  #scanService(name: string, service: Mapping, document: ComposeDocument, scope: Scope): void {
    for (const [key, { value }] of service.entries) this.#scan(value, document, scope, name, key === 'build')
  }

  /** All variables of all values; keys have none. */
  #scan(node: Node, document: ComposeDocument, scope: Scope, service: string | null, ofBuild: boolean): void {
    if (node.kind === 'list') for (const item of node.items) this.#scan(item, document, scope, service, ofBuild)
    else if (node.kind === 'mapping') for (const { value } of node.entries.values()) this.#scan(value, document, scope, service, ofBuild)
    else if (node.text.includes('$')) {
      const locate = (part: { readonly text: string }): Position => document.locate(node, part.text)
      this.#found(interpolationOf(node.text), locate, scope, service, ofBuild)
    }
  }

  #found(
    { references, malformed }: Interpolation, locate: (part: { readonly text: string }) => Position, scope: Scope, service: string | null, ofBuild: boolean,
  ): void {
    for (const one of malformed) {
      this.#findings.add(new Failure({
        code: 'compose-interpolation', at: locate(one), what: `${shown(one.text)} names no variable.`,
        why: 'Compose puts values in where it finds `${`, and refuses the file.',
        cure: 'Write `${NAME}` or `${NAME:-default}`; where a dollar is meant, write two: `$$`.',
      }))
    }
    if (references.length > 0) this.uses.push({ references, locate, scope, service, ofBuild })
  }

  async #serviceFile(service: string, { path: scalar, required, raw, kind, folder, scope, document }: NamedFile, values: Map<string, string>): Promise<void> {
    const path = this.#path(scalar, folder, scope, document, `\`${kind}\``)
    if (path === null) return
    const text = await this.#text(path, `\`${kind}\``, scalar.at, required)
    if (text !== null && !raw) this.#envFile(text, path, service, scope, values)
  }

  #envFile(text: string, file: string, service: string | null, outer: Scope, values: Map<string, string>): void {
    const { lines, malformed } = readEnvFile(text)
    for (const { line, why } of malformed) {
      this.#findings.add(new Failure({
        code: 'compose-env-file', at: { file, line }, what: `Line ${line} of ${file} is not \`NAME=value\`: ${why}.`, cure: 'Write `NAME=value`; `#` begins a comment.',
      }))
    }
    for (const one of lines) {
      const at = { file, line: one.line }
      const scope = new Map([...values, ...outer])
      if (one.value === null) {
        this.handed.push({ name: one.name, at, needed: null, scope })
        continue
      }
      this.#found(interpolationOfLine(one), () => at, scope, service, false)
      values.set(one.name, one.expands ? substituted(one.value, this.#lookup(scope)) : one.value)
    }
  }

  #lookup(scope: Scope): Lookup {
    return (name) => Object.hasOwn(this.#env, name) ? this.#env[name] : scope.get(name)
  }

  /** Which files are read cannot depend on what only a run knows. */
  #path(node: Node, folder: string, scope: Scope, document: ComposeDocument, by: string): string | null {
    const written = textOf(node)
    if (node.kind !== 'scalar' || written === '') return null
    const lookup = this.#lookup(scope)
    const { references } = interpolationOf(written)
    const [lacks] = wanting(references, lookup)
    if (lacks !== undefined) {
      const { name } = lacks.reference
      this.#findings.add(new Failure({
        code: 'compose-path-variable', at: document.locate(node, lacks.reference.text), what: `${by} names ${shown(written)}, and nothing in the repository says what ${name} is.`,
        why: 'Which files belong to a release is decided by its commit.',
        cure: `Say it in slipway.yml: \`compose: { env: { ${name}: … } }\`, or write the path out.`,
      }))
      return null
    }
    const path = substituted(written, lookup)
    const found = inRepository(folder, path)
    if (found === null) this.#findings.add(outside(path, by, node.at))
    return found
  }

  async #document(path: string, by: string, at: Position | undefined): Promise<ComposeDocument | null> {
    const known = this.#documents.get(path)
    if (known !== undefined) return known
    const text = await this.#text(path, by, at, true)
    const document = text === null ? null : readDocument(text, path, this.#findings)
    this.#documents.set(path, document)
    return document
  }

  async #read(path: string): Promise<string | null> {
    try {
      return await this.#files.read(path)
    } catch (error) {
      const failures = failuresOf(error)
      if (failures.length === 0) throw error
      for (const failure of failures) this.#findings.add(failure)
      this.#unread.add(path)
      return null
    }
  }

  async #text(path: string, by: string, at: Position | undefined, required: boolean): Promise<string | null> {
    const known = this.texts.get(path)
    if (known !== undefined) return known
    const text = await this.#read(path)
    if (text === null) {
      if (required && !this.#unread.has(path)) this.#findings.add(missing(path, by, this.#files, at))
      return null
    }
    this.texts.set(path, text)
    const bytes = [...this.texts.values()].reduce((sum, one) => sum + Buffer.byteLength(one), 0)
    if (this.texts.size > MOST_FILES || bytes > MOST_BYTES) {
      this.#findings.add(new Failure({
        code: 'compose-too-large', at: at ?? { file: path, line: 1 }, what: `Compose would read ${this.texts.size} files of ${bytes} bytes; up to ${MOST_FILES} files of 1 MB together are taken.`,
        cure: 'Mount what is large as a file, instead of having it in an env file.',
      }))
    }
    return text
  }
}
