/** A tag and the commit that it names in the end. */
export interface TagAt {
  readonly name: string
  readonly commit: string
  /** Does it lie behind the commit that was asked about, or at it? */
  readonly behind: boolean
}

/** A commit as its author wrote it, in UTF-8. */
export interface LoggedCommit {
  readonly id: string
  readonly parents: readonly string[]
  readonly author: { readonly name: string; readonly email: string }
  /** All of the message. */
  readonly message: string
  /** Does it change anything in the folder that was asked about? Merges never do by themselves. */
  readonly inside: boolean
}

/** `*` ends at a slash here, and a prefix of slipway.yml holds nothing that Git would read as a pattern. */
export function tagArguments(prefix: string): readonly string[] {
  const format = '%(refname:lstrip=2)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)'
  return ['for-each-ref', `--format=${format}`, `refs/tags/${prefix}*`]
}

interface RawTag {
  readonly name: string
  readonly id: string
  readonly type: string
}

/** Annotated tags peeled once. */
export function parseTags(output: Buffer): readonly RawTag[] {
  return output.toString('utf8').split('\n').filter((line) => line !== '').map((line) => {
    const [name = '', id = '', type = '', peeled = '', peeledType = ''] = line.split('\0')
    return peeled === '' ? { name, id, type } : { name, id: peeled, type: peeledType }
  })
}

/** `rev-list`, and not `log`, which a repository's configuration may tell to check signatures or to follow a mailmap. */
export const logArguments = ['rev-list', '--topo-order', '--encoding=UTF-8', '--format=%P%x00%an%x00%ae%x00%B%x00'] as const

/** `inside`: the commits that change the folder; null: all do. */
export function parseLog(output: Buffer, inside: ReadonlySet<string> | null): readonly LoggedCommit[] {
  const fields = output.toString('utf8').split('\0')
  const commits: LoggedCommit[] = []
  for (let i = 0; i + 3 < fields.length; i += 4) {
    // The line `commit ID` comes before what the format says, and a line feed after it.
    const [, id = '', parents = ''] = /^\n?commit ([0-9a-f]+)\n(.*)$/.exec(fields[i] ?? '') ?? []
    const between = parents === '' ? [] : parents.split(' ')
    commits.push({
      id, parents: between, author: { name: fields[i + 1] ?? '', email: fields[i + 2] ?? '' }, message: fields[i + 3] ?? '',
      inside: between.length < 2 && (inside === null || inside.has(id)),
    })
  }
  return commits
}
