/**
 * Answers of a host, taken field by field: they end up in logs, outputs and Markdown, and a host that somebody else has
 * taken over may say anything.
 */
import type { RolloutPolicy } from '../../config/types'
import { Failure, type Evidence } from '../../errors'
import type { Entry, Standing, StoredRelease } from '../../history/types'
import type { Activation, Observation, Plan, Proof, RetireReport, Task } from '../../rollout/target'

const longest = 64 * 1024
const states = ['staged', 'started', 'proven', 'failed', 'withdrawn', 'retired'] as const

export function standingOf(answer: unknown): Standing {
  const { app, serving, entries, releases, settled, unwell, rollout, url, domain } = object(answer)
  return {
    app: text(app),
    serving: nullable(serving, entryOf),
    entries: list(entries, entryOf),
    releases: list(releases, storedOf),
    settled: list(settled, text),
    ...(unwell === undefined ? {} : { unwell: list(unwell, text) }),
    ...(rollout === undefined ? {} : { rollout: policyOf(rollout) }),
    url: nullable(url, text),
    domain: nullable(domain, text),
  }
}

/** What the host does not know is left out, and what we do not know: either may be of another version. */
function policyOf(value: unknown): Partial<RolloutPolicy> {
  const { wave, maintenance, ...rest } = object(value)
  const counted = (['canary', 'failures', 'absent', 'bake', 'drain', 'warm', 'timeout'] as const).flatMap((key) =>
    rest[key] === undefined ? [] : [[key, amount(rest[key])] as const])
  return {
    ...Object.fromEntries(counted),
    ...(wave === undefined ? {} : { wave: waveOf(wave) }),
    ...(maintenance === undefined ? {} : { maintenance: maintenance === true }),
  }
}

function waveOf(value: unknown): RolloutPolicy['wave'] {
  const { percent, count: size } = object(value)
  return percent === undefined ? { count: count(size) } : { percent: amount(percent) }
}

export function activationOf(answer: unknown): Activation {
  const { number, releaseId, version, commit, unchanged, tasks, after, output, detail, standing } = object(answer)
  return {
    number: count(number), releaseId: name(releaseId), version: name(version), commit: name(commit),
    unchanged: unchanged === true,
    tasks: list(tasks, text).map((task, index) => ({ when: 'before', index, name: task })),
    after: after === undefined ? [] : list(after, afterOf),
    output: output === undefined ? [] : list(output, piece),
    detail: text(detail),
    ...(standing === undefined ? {} : { standing: standingOf(standing) }),
  }
}

export function proofOf(answer: unknown): Proof {
  const { number, version, via, seen, url } = object(answer)
  return { number: count(number), version: name(version), via: text(via), seen: list(seen, text), url: nullable(url, text) }
}

export function observationOf(answer: unknown): Observation {
  const { healthy, findings } = object(answer)
  return { healthy: healthy === true, findings: list(findings, text) }
}

export function linesOf(answer: unknown): readonly string[] {
  return list(object(answer)['lines'], text)
}

export function retireReportOf(answer: unknown): RetireReport {
  const { lines, standing } = object(answer)
  return { lines: list(lines, text), ...(standing === undefined ? {} : { standing: standingOf(standing) }) }
}

export function planOf(answer: unknown): Plan {
  const { stage, start, cutOver, after, retire } = object(answer)
  return {
    stage: list(stage, text), start: list(start, text), cutOver: list(cutOver, text),
    after: after === undefined ? [] : list(after, text), retire: list(retire, text),
  }
}

/** What a command printed. */
export function outputOf(answer: unknown): string {
  return text(object(answer)['output'])
}

export function evidenceOf(answer: unknown): readonly Evidence[] {
  return list(object(answer)['evidence'], piece)
}

/** What the host says went wrong. Where in the repository that is only we can know. */
export function failureOf(answer: unknown, target: string): Failure {
  const { code, what, why, cure, evidence } = object(answer)
  return new Failure({
    code: name(code), what: text(what), why: text(why), cure: text(cure), evidence: list(evidence, piece), target,
  })
}

function entryOf(value: unknown): Entry {
  const { number, releaseId, version, commit, state, proven, withdrawn, floor, at, by, run } = object(value)
  return {
    number: count(number), releaseId: name(releaseId), version: name(version), commit: name(commit),
    state: states.find((known) => known === state) ?? strange(state), proven: proven === true, withdrawn: withdrawn === true,
    ...(floor === true ? { floor } : {}),
    at: text(at), by: text(by), run: text(run),
  }
}

function afterOf(value: unknown): Task {
  const { index, name: said } = object(value)
  const place = typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 ? index : strange(index)
  return { when: 'after', index: place, name: text(said) }
}

function storedOf(value: unknown): StoredRelease {
  const { id, version, commit, digest, secrets } = object(value)
  return { id: name(id), version: name(version), commit: name(commit), digest: name(digest), secrets: list(secrets, name) }
}

function piece(value: unknown): Evidence {
  const { source, text: said } = object(value)
  return { source: text(source), text: text(said) }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : strange(value)
}

function list<T>(value: unknown, each: (item: unknown) => T): readonly T[] {
  return Array.isArray(value) ? value.map((item) => each(item)) : strange(value)
}

function nullable<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, longest) : strange(value)
}

/** Names of versions, releases, commits, digests, codes and secrets need no other characters. */
function name(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{0,128}$/.test(value) ? value : strange(value)
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : strange(value)
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : strange(value)
}

function strange(value: unknown): never {
  throw new Failure({
    code: 'host-answers-strangely',
    what: 'The host answers something that the host program never says.',
    why: 'It is of another version, or somebody else has changed it.',
    cure: 'Run setup-vm, which installs the program that fits this action. If it stays, look who may log in to that host.',
    evidence: [{ source: 'the answer', text: JSON.stringify(value ?? null).slice(0, 500) }],
  })
}
