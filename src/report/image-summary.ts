import type { ImageOutcome, ImageStatus, ServiceImage, TagResult } from '../image/outcome'
import { advice, codeOf, details, fenced, prose, table } from './markdown'
import { shown } from './foreign'
import { counted, duration, size } from './quantities'
import type { Redactor } from './redact'

const evidenceBounds = { lines: 60, bytes: 16 * 1024 }

/** The job summary of an image, as Markdown. `depth`: of its first heading. */
export function imageSummary(outcome: ImageOutcome, redactor: Redactor, depth = 2, name = ''): string {
  const parts = [
    `## ${name === '' ? '' : `${codeOf(name, redactor)}: `}${prose(imageHeadline(outcome), redactor)}`,
    facts(outcome, redactor),
    ...outcome.failures.map((failure) => {
      const { at } = failure
      return advice(failure, at === undefined ? '' : codeOf(`${at.file}:${at.line}`, redactor), redactor)
    }),
    evidence(outcome, redactor),
    [...outcome.missing, ...outcome.notes].map((line) => `- ${prose(line, redactor)}`).join('\n'),
    plan(outcome, redactor),
    tags(outcome, redactor),
    layers(outcome, redactor),
    stages(outcome, redactor),
    made(outcome, redactor),
  ].filter((part) => part !== '')
  return parts.map((part) => part.replace(/^#(#+ )/, `${'#'.repeat(depth - 1)}$1`)).join('\n\n') + '\n'
}

/** That of several images: all at one look, and then a section for each. `notes`: of none of them alone. `depth`: of its first heading. */
export function imagesSummary(status: ImageStatus, images: readonly ServiceImage[], notes: readonly string[], redactor: Redactor, depth = 2): string {
  const rows = images.map(({ services, outcome }) => [
    services.map((service) => codeOf(service, redactor)).join(', '), codeOf(outcome.image, redactor), states[outcome.status],
    outcome.digest === '' ? '' : codeOf(outcome.digest.slice(0, 19), redactor), outcome.layers.length === 0 ? '' : size(total(outcome.layers)),
    outcome.took.build === 0 ? '' : duration(outcome.took.build),
  ])
  return [
    `${'#'.repeat(depth)} ${prose(imagesHeadline(status, images), redactor)}`, notes.map((line) => `- ${prose(line, redactor)}`).join('\n'),
    table(['services', 'image', '', 'digest', 'size', 'build'], rows),
    ...images.map(({ services, outcome }) => imageSummary(outcome, redactor, depth + 1, services.join(', '))),
  ].filter((part) => part !== '').join('\n\n')
}

const states: Readonly<Record<ImageOutcome['status'], string>> = {
  pushed: '**pushed**', unchanged: 'was there', built: 'built', planned: 'planned', cancelled: '⏹️ cancelled', failed: '❌',
}

/** The verdict on several in one line. */
export function imagesHeadline(status: ImageStatus, images: readonly ServiceImage[]): string {
  const all = images.map(({ outcome }) => outcome)
  const count = (wanted: ImageStatus): number => all.filter((outcome) => outcome.status === wanted).length
  const what = `${counted(all.length, 'image')} of ${all[0]?.version ?? ''}`
  const there = count('unchanged') === 0 ? '' : `, ${count('unchanged')} of them already`
  switch (status) {
    case 'pushed': return `✅ ${what} are in the registry${there}`
    case 'unchanged': return `✅ ${what} were in the registry already: nothing was pushed`
    case 'built': return `✅ ${what} were built, and not pushed`
    case 'planned': return `📋 Dry run: ${what}`
    case 'cancelled': return '⏹️ Cancelled'
    case 'failed': {
      const broken = images.filter(({ outcome }) => outcome.failures.length > 0).map(({ services }) => services.join(', '))
      return `❌ ${what} are not all there: ${broken.join('; ')} failed, so no version and no branch moves`
    }
  }
}

/** The verdict in one line. */
export function imageHeadline(outcome: ImageOutcome): string {
  const { status, image, version, tags: all } = outcome
  const moved = all.filter(({ state }) => state === 'made' || state === 'moved').length
  switch (status) {
    case 'pushed': return `✅ ${image} ${version} is in the registry: ${counted(moved, 'tag')} moved`
    case 'unchanged': return `✅ ${image} ${version} was in the registry already: nothing was pushed`
    case 'built': return `✅ ${image} ${version} was built, and not pushed`
    case 'planned': return `📋 Dry run: ${image} ${version}`
    case 'cancelled': return '⏹️ Cancelled'
    case 'failed': return outcome.digest !== '' ? `❌ ${image} ${version} is in the registry, and not all its tags`
      : `❌ ${image} ${version} was not built`
  }
}

function facts({ commit, digest, took, builder, digests }: ImageOutcome, redactor: Redactor): string {
  const platforms = Object.keys(digests)
  return [
    digest === '' ? '' : codeOf(digest, redactor), `commit ${codeOf(commit.slice(0, 12), redactor)}`,
    platforms.length === 0 ? '' : platforms.map((platform) => codeOf(platform, redactor)).join(', '),
    `took ${duration(took.all)}`, builder === '' ? '' : `by ${prose(builder, redactor)}`,
  ].filter(Boolean).join(' · ')
}

function evidence({ failures }: ImageOutcome, redactor: Redactor): string {
  return failures.flatMap((failure) => failure.evidence).map(({ source, text }) => {
    const { text: end, leftOut } = shown(text, redactor, evidenceBounds)
    return details(source, [leftOut === null ? '' : `*${leftOut}*`, fenced(end)].filter(Boolean).join('\n\n'))
  }).join('\n\n')
}

function made({ made: text }: ImageOutcome, redactor: Redactor): string {
  if (text === null) return ''
  const file = fenced(shown(text, redactor, { lines: 200, bytes: 32 * 1024 }).text, 'dockerfile')
  return `### The Dockerfile that was made\n\nCommit it as \`Dockerfile\` to change it; \`write-dockerfile\` writes it out.\n\n${file}`
}

function plan({ plan: lines }: ImageOutcome, redactor: Redactor): string {
  return lines.length === 0 ? '' : `### What would be done\n\n${lines.map((line) => `- ${prose(line, redactor)}`).join('\n')}`
}

const words: Readonly<Record<TagResult['state'], string>> = {
  made: '**new**', moved: '**moved**', there: 'stands there already', kept: 'stays', unreached: '❌ not moved', undone: '↩️ put back',
  planned: 'would move',
}

function tags({ tags: all, status }: ImageOutcome, redactor: Redactor): string {
  if (all.length === 0 || status === 'planned') return ''
  const rows = all.map(({ name, state, why, from }) => [
    codeOf(name, redactor), words[state], prose(why, redactor), from === null ? '' : codeOf(from.slice(0, 19), redactor),
  ])
  return `### Tags\n\n${table(['tag', '', 'why', 'before'], rows)}`
}

function layers({ layers: own, previous }: ImageOutcome, redactor: Redactor): string {
  if (own.length === 0) return ''
  const old = new Set((previous?.layers ?? []).map(({ digest }) => digest))
  const whole = total(own)
  const fresh = total(own.filter(({ digest }) => !old.has(digest)))
  const standing = (digest: string): string => previous === null ? '' : old.has(digest) ? 'as before' : '**new**'
  const rows = own.map(({ digest, bytes, by }) => [size(bytes), standing(digest), prose(by.slice(0, 120), redactor)])
  const against = previous === null ? ''
    : `, ${difference(whole - total(previous.layers))} against ${codeOf(previous.tag, redactor)}; ${size(fresh)} of it is new`
  const count = counted(own.length, 'layer')
  const each = details(count, table(['size', previous === null ? '' : `against ${previous.tag}`, 'made by'], rows))
  return `### Size\n\n${size(whole)} in ${count}, compressed${against}\n\n${each}`
}

const total = (layers: readonly { readonly bytes: number }[]): number => layers.reduce((sum, { bytes }) => sum + bytes, 0)

function difference(bytes: number): string {
  return bytes === 0 ? 'as large' : `${size(Math.abs(bytes))} ${bytes > 0 ? 'larger' : 'smaller'}`
}

function stages({ stages: all, steps, took }: ImageOutcome, redactor: Redactor): string {
  if (all.length === 0) return ''
  const rows = all.map(({ name, steps: count, cached, took: each }) => [prose(name, redactor), duration(each), `${cached} of ${count}`])
  const hits = `${steps.cached} of ${counted(steps.all, 'step')} came from the cache`
  const pushed = took.tags === 0 ? '' : `, the tags ${duration(took.tags)}`
  return `### Time\n\nThe build took ${duration(took.build)}${pushed}; ${hits}.${costly(all)}\n\n${table(['stage', 'took', 'cached'], rows)}`
}

/** A cache that is written for longer than all of it is built. */
function costly(all: ImageOutcome['stages']): string {
  const cache = all.find(({ name }) => name === 'cache')?.took ?? 0
  const rest = all.filter(({ name }) => name !== 'cache' && name !== 'export and push').reduce((total, { took }) => total + took, 0)
  if (cache < 5_000 || cache < rest) return ''
  return ` ⚠️ Reading and writing the cache took ${duration(cache)}, more than the build it saves (${duration(rest)}): try \`mode=min\`, or none.`
}
