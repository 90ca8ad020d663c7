import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { judge, keyOf, World, type ApiObject, type Subject, type Verdict } from '../../../src/targets/cluster/judging'
import { subjectOf } from './made'

interface Line {
  /** Milliseconds from the moment at which the rollout began. */
  readonly at: number
  readonly type: string
  readonly object: ApiObject
}

interface Step {
  readonly at: number
  readonly verdict: Verdict
}

/**
 * What the watches of a real Kubernetes 1.34 gave, in its order and time, without what no rule could ask for. `upgrade`: revision 1 served;
 * `install`: nothing was there. Judged as the target does: after each change, and when a verdict asks for it.
 */
function replay(name: string): (kind: string, of: string) => readonly Step[] {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, 'recorded', `${name}.jsonl.gz`))).toString()
  const lines = text.trim().split('\n').map((line) => JSON.parse(line) as Line)
  const world = new World()
  const steps = new Map<string, Step[]>()
  const again = new Map<string, { readonly at: number; readonly subject: Subject }>()
  const look = (subject: Subject, at: number): void => {
    const key = keyOf(subject)
    const verdict = judge(world, subject, at)
    steps.set(key, [...steps.get(key) ?? [], { at, verdict }])
    if (verdict.again === null) again.delete(key)
    else again.set(key, { at: verdict.again, subject })
  }
  for (const { object } of lines) {
    if (['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'PersistentVolumeClaim'].includes(object.kind ?? '')) world.follow(subjectOf(object))
    else if (object.kind === 'Pod' && object.metadata?.['ownerReferences'] === undefined) world.follow(subjectOf(object))
  }
  let begun = false
  for (const { at, type, object } of lines) {
    if (!begun && at >= 0) {
      world.begin()
      begun = true
    }
    for (let due = next(again, at); begun && due !== undefined; due = next(again, at)) look(due.subject, due.at)
    const before = type === 'DELETED' ? world.affected(object) : []
    if (type === 'DELETED') world.remove(object, at)
    else world.put(object, at)
    if (begun) for (const subject of [...before, ...world.affected(object)]) look(subject, at)
  }
  return (kind, of) => [...steps].filter(([key]) => key.includes(`/${kind}/`) && key.endsWith(`/${of}`)).flatMap(([, found]) => found)
}

function next(again: ReadonlyMap<string, { at: number; subject: Subject }>, at: number): { at: number; subject: Subject } | undefined {
  return [...again.values()].filter((one) => one.at <= at).toSorted((one, other) => one.at - other.at)[0]
}

const upgrade = replay('upgrade')
const install = replay('install')

describe.each<[string, typeof upgrade, readonly (readonly [string, string, string])[]]>([
  ['an upgrade', upgrade, [
    ['Deployment', 'missing', 'image-missing'], ['Deployment', 'crash', 'crash-at-start'], ['Deployment', 'oom', 'out-of-memory'],
    ['Deployment', 'sick', 'progress-deadline'], ['Deployment', 'live', 'probe-kills'], ['Deployment', 'quota', 'quota-exceeded'],
    ['Deployment', 'noprobe', 'crash-at-start'], ['StatefulSet', 'set', 'crash-at-start'], ['DaemonSet', 'each', 'crash-at-start'],
    ['Job', 'hook', 'job-failed'], ['Pod', 'hookpod', 'pod-failed'],
  ]],
  ['an installation', install, [
    ['Deployment', 'missing', 'image-missing'], ['Deployment', 'badname', 'image-name-invalid'], ['Deployment', 'env', 'config-missing'],
    ['Deployment', 'key', 'config-missing'], ['Deployment', 'mount', 'config-missing'], ['Deployment', 'mountkey', 'config-missing'],
    ['Deployment', 'nocommand', 'container-cannot-start'], ['Deployment', 'nocommandpath', 'container-cannot-start'],
    ['Deployment', 'badmount', 'container-cannot-start'], ['Deployment', 'selector', 'unschedulable'], ['Deployment', 'portname', 'probe-port-unknown'],
    ['Deployment', 'ends', 'ends-at-once'], ['Deployment', 'shell', 'crash-at-start'], ['Deployment', 'root', 'config-refused'],
    ['Deployment', 'account', 'pods-refused'], ['Deployment', 'claim', 'claim-unbound'], ['Deployment', 'claimnone', 'unschedulable'],
    ['Deployment', 'secure', 'admission-refused'], ['PersistentVolumeClaim', 'noclass', 'claim-unbound'],
    ['PersistentVolumeClaim', 'defaultless', 'claim-unbound'], ['Job', 'jobfails', 'job-failed'], ['Job', 'joblate', 'job-failed'],
  ]],
])('%s, as it was', (_, of, doomed) => {
  it.each(doomed)('%s %s is doomed within 5 s of the first sign: %s', (kind, name, rule) => {
    const first = of(kind, name).find(({ verdict }) => verdict.state === 'doomed')
    const [cause] = first?.verdict.causes ?? []
    expect(cause?.rule).toBe(rule)
    expect(first!.at - cause!.since).toBeLessThanOrEqual(5000)
  })
})

it.each([['good'], ['fits'], ['conf']])('%s came through, and was never called doomed', (name) => {
  const steps = upgrade('Deployment', name)
  expect(steps.map(({ verdict }) => verdict.state)).not.toContain('doomed')
  expect(steps.at(-1)!.verdict.state).toBe('ready')
})

it('nothing that was doomed had been called ready before', () => {
  for (const name of ['missing', 'crash', 'oom', 'sick', 'live', 'quota', 'noprobe']) {
    expect(upgrade('Deployment', name).map(({ verdict }) => verdict.state)).not.toContain('ready')
  }
})
