import type { Git, NewTag, Remote } from '../drivers/git'
import { Failure } from '../errors'

/**
 * Gives a commit its tag at GitHub; the same tag on the same commit is no change, and none is ever moved. A run that died in between has left it in the
 * checkout, or at GitHub, or nowhere: each is finished. Throws a `Failure`: `tag-elsewhere`, `tag-refused`, `tag-signing`, `git-remote`.
 */
export async function ensureTag(git: Git, remote: Remote, tag: NewTag): Promise<'made' | 'there'> {
  const { name } = tag
  const there = await git.tagAt(remote, name)
  if (there !== null) return same(tag, there, 'at GitHub')
  const local = (await git.read(`refs/tags/${name}^{commit}`))?.id ?? null
  if (local === null) await git.makeTag(tag)
  else same(tag, local, 'in the checkout')
  if (await git.pushTag(remote, name) === 'pushed') return 'made'
  // Another run was quicker. What it made is what everybody sees.
  if (local === null) await git.dropTag(name)
  const now = await git.tagAt(remote, name)
  if (now === null) {
    throw new Failure({ code: 'tag-refused', what: `GitHub did not take the tag ${name}, and does not have it.`, cure: 'Run the job again.' })
  }
  return same(tag, now, 'at GitHub')
}

function same({ name, commit }: NewTag, found: string, where: string): 'there' {
  if (found === commit) return 'there'
  throw new Failure({
    code: 'tag-elsewhere', what: `The tag ${name} stands for ${found.slice(0, 12)} ${where}, and not for ${commit.slice(0, 12)}.`, why: 'A tag that people have seen is never moved.',
    cure: 'Give this commit another version: `bump: patch` finds the next one.',
  })
}
