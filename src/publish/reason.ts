import type { Change } from './changes'
import type { Line } from './line'
import type { Decision } from './next'

/** One line for the log: why this version, or why none. `changes` are those that it was decided by, `commits` how many commits there were. */
export function reasonOf(decision: Decision, line: Line, changes: readonly Change[], commits: number): string {
  const from = decision.previous === null ? '' : ` since ${decision.previous.tag}`
  switch (decision.kind) {
    case 'tagged': return `${decision.release.tag} is this commit already`
    case 'unchanged': return decision.asked ? `nothing to release${from}: ${nothing(changes, commits)}` : 'no version was asked for'
    case 'next': break
  }
  const counted = countsOf(changes)
  switch (decision.why) {
    case 'first': return `first release${line.others.length === 0 ? '' : `: no tag here is a version of this app, such as ${line.others[0]} is not`}`
    case 'asked': return `${decision.level}: as asked${counted === '' ? '' : `, with ${counted}`}${from}`
    case 'promoted': {
      const after = decision.previous === null ? '' : `after ${decision.previous.tag}, `
      return `${after}the numbers of the pre-release before${counted === '' ? '' : `: ${counted}`}`
    }
    case 'lowered': return `${decision.level}: ${counted}${from}; below 1.0 what breaks raises the minor`
    case 'commits': return `${decision.level}: ${counted}${from}`
  }
}

function nothing(changes: readonly Change[], commits: number): string {
  if (commits === 0) return 'no commits'
  if (changes.length === 0) return `${plural(commits, 'commit')}, none of which changes this app`
  if (changes.every(({ type }) => type === '')) {
    const unsaid = 'none says what it is by Conventional Commits (`feat: …`, `fix: …`)'
    return `${plural(commits, 'commit')}, and ${unsaid}; \`bump: patch\` releases them all the same`
  }
  const types = [...new Set(changes.map(({ type }) => type))].map((type) => `${type === '' ? 'others' : type} ${changes.filter((change) => change.type === type).length}`)
  return `${types.join(', ')}, and none of these makes a release`
}

/** `breaking 1, feat 2, fix 5`. */
function countsOf(changes: readonly Change[]): string {
  const kinds: readonly [string, (change: Change) => boolean][] = [
    ['breaking', ({ breaking }) => breaking],
    ...['feat', 'fix', 'perf', 'revert'].map((type): [string, (change: Change) => boolean] => [type, (change) => change.type === type && !change.breaking]),
  ]
  return kinds.map(([name, is]) => [name, changes.filter(is).length] as const).filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`).join(', ')
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
