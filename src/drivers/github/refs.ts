import type { GitHub } from './client'
import { GitHubFailure } from './failures'
import { shapeOf, type Shape } from './shape'

interface Pointing {
  readonly object: { readonly type: string; readonly sha: string }
}

const isTarget = shapeOf<Pointing['object']>({ type: 'string', sha: 'string' })
const isPointing: Shape<Pointing> = (said): said is Pointing => typeof said === 'object' && said !== null && 'object' in said && isTarget(said.object) && /^[0-9a-f]{40,64}$/.test(said.object.sha)

/** Tags that stand for tags: nobody makes more, and in a circle they would never end. */
const deepest = 20

/** The commit that a tag stands for at GitHub, annotated or not; null: there is no such tag. */
export async function tagCommit(github: GitHub, tag: string): Promise<string | null> {
  const doing = { what: `look up the tag ${tag}`, needs: 'contents: read' }
  let found = await github.find(`git/ref/tags/${tag.split('/').map(encodeURIComponent).join('/')}`, doing, isPointing)
  // A tag may stand for a tag.
  for (let depth = 0; found !== null && found.object.type === 'tag'; depth++) {
    if (depth === deepest) throw GitHubFailure.ofOtherAnswer(doing, github)
    found = await github.get(`git/tags/${found.object.sha}`, doing, isPointing)
  }
  return found?.object.sha ?? null
}
