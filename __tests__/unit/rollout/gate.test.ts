import { entry } from '../history/standing'
import { fault, Fleet, release } from './fleet'

const changed = (fleet: Fleet): string[] =>
  fleet.calls.map(({ operation }) => operation).filter((operation) => !['open', 'inspect', 'dispose'].includes(operation))

describe('forward only', () => {
  const isAncestor = async (older: string, newer: string): Promise<boolean> => older < newer
  it('refuses an ancestor of what serves, on every target that serves it, and asks once a commit', async () => {
    const fleet = new Fleet(3)
    let asked = 0
    const outcome = await fleet.roll({ release: release('v1.0.5'), isAncestor: async (older, newer) => {
      asked += 1
      return await isAncestor(older, newer)
    } })
    expect(outcome.verdict).toBe('failed')
    expect(outcome.failures.map(({ code, target }) => [code, target]))
      .toEqual([['older-than-serving', 'h1'], ['older-than-serving', 'h2'], ['older-than-serving', 'h3']])
    expect(outcome.failures[0]?.cure).toContain('allow-older: true')
    expect(asked).toBe(1)
    expect(changed(fleet)).toEqual([])
  })
  it('lets it pass when told to, and then asks nobody', async () => {
    const fleet = new Fleet(1)
    const outcome = await fleet.roll({ release: release('v1.0.5'), allowOlder: true, isAncestor: async () => { throw new Error('asked') } })
    expect(outcome.verdict).toBe('deployed')
  })
  it('lets the same commit pass, and a first deploy', async () => {
    const same = new Fleet(1)
    same.at(0).entries = [entry(1, 'v1.2.0', 'p', 'v1.2.0-other')]
    same.at(0).serving = 1
    expect((await same.roll({ isAncestor: async () => true })).verdict).toBe('deployed')
    expect((await new Fleet(1, []).roll({ isAncestor: async () => true })).verdict).toBe('deployed')
  })
  it('fails when it cannot be decided', async () => {
    const fleet = new Fleet(1)
    const outcome = await fleet.roll({ isAncestor: async () => fault('history-missing')() })
    expect(outcome.failures.map(({ code }) => code)).toEqual(['history-missing'])
    expect(changed(fleet)).toEqual([])
  })
})

describe('a version', () => {
  const moved = (...commits: string[]): Fleet => {
    const fleet = new Fleet(2)
    for (const target of fleet.targets) {
      target.entries = [...commits.map((commit, at) => ({ ...entry(at + 1, 'v1.2.0', 'p', `v1.2.0-${at}`), commit })), entry(9, 'v1.3.0')]
      target.serving = 9
    }
    return fleet
  }
  const [old, now] = ['a'.repeat(40), release('v1.2.0').commit]

  it('that was proven from another commit is refused on every target', async () => {
    const fleet = moved(old)
    const outcome = await fleet.roll()
    expect(outcome.failures.map(({ code, target }) => [code, target])).toEqual([['version-moved', 'h1'], ['version-moved', 'h2']])
    expect(outcome.failures[0]?.what).toBe(`v1.2.0 was proven as #1 from commit ${old.slice(0, 12)}, now it names ${now.slice(0, 12)}.`)
    expect(outcome.failures[0]?.cure).toContain('`allow-older: true`')
    expect(changed(fleet)).toEqual([])
  })
  it('that was moved is deployed when told to, and then again without', async () => {
    expect((await moved(old).roll({ allowOlder: true })).verdict).toBe('deployed')
    expect((await moved(old, now).roll()).verdict).toBe('deployed')
    expect((await moved(now, old).roll()).failures[0]).toMatchObject({ code: 'version-moved' })
  })
  it('that was staged from another commit, and never proven, may move', async () => {
    const fleet = moved(old)
    for (const target of fleet.targets) target.record(1, { proven: false, state: 'failed' })
    expect((await fleet.roll()).verdict).toBe('deployed')
  })
})

describe('services with `on: first`, when the first host is absent', () => {
  const warned = (fleet: Fleet): string[] => fleet.events.flatMap((event) =>
    event.type === 'note' && event.level === 'warning' && event.text.includes('first host only') ? [`${event.target}: ${event.text}`] : [])
  const withBeat: ReturnType<typeof release> = { ...release('v1.2.0'),
    config: { app: 'shop', services: [{ name: 'api', on: 'all' }, { name: 'beat', on: 'first' }] as unknown } as ReturnType<typeof release>['config'] }
  const without = (index: number): Fleet => {
    const fleet = new Fleet(3)
    fleet.at(index).faults.set('open', fault('host-unreachable'))
    return fleet
  }

  it('may run there still, which is said of a deploy', async () => {
    const fleet = without(0)
    await fleet.roll({ release: withBeat, policy: { absent: 1 } })
    expect(warned(fleet)).toHaveLength(1)
    expect(warned(fleet)[0]).toMatch(/^h1: .*`beat`\) runs on h2 now.*slipway-app\.shop\.\*/)
  })
  it('and of a rollback, whose services are not known here', async () => {
    const fleet = without(0)
    await fleet.roll({ operation: 'rollback', release: null, policy: { absent: 1 } })
    expect(warned(fleet)[0]).toContain('services of v1.0.0 with `on: first`, if it has any')
  })
  it('is said neither when there are none, nor when another host is absent', async () => {
    const [none, another] = [without(0), without(1)]
    await none.roll({ policy: { absent: 1 } })
    await another.roll({ release: withBeat, policy: { absent: 1 } })
    expect([...warned(none), ...warned(another)]).toEqual([])
  })
})

describe('a restart', () => {
  it('activates what serves once more, withdraws nothing, runs no tasks', async () => {
    const fleet = new Fleet(2)
    const outcome = await fleet.roll({ operation: 'restart', release: null })
    expect(outcome).toMatchObject({ verdict: 'restarted', status: 'restarted', changed: true, version: 'v1.1.0', previous: 'v1.1.0', serving: 'v1.1.0' })
    expect(fleet.calls.filter(({ operation }) => operation === 'cutOver').map(({ detail }) => detail))
      .toEqual([{ withdraw: false, crossing: [] }, { withdraw: false, crossing: [] }])
    expect(fleet.targets.map(({ entries }) => entries.at(-1)?.releaseId)).toEqual(fleet.targets.map(({ entries }) => entries.at(-2)?.releaseId))
    expect(fleet.ran('run')).toEqual([])
  })
  it('of nothing, and of a fleet that serves different releases, is refused', async () => {
    const [empty, mixed] = [new Fleet(2), new Fleet(2)]
    empty.at(1).serving = null
    expect((await empty.roll({ operation: 'restart', release: null })).failures).toMatchObject([{ code: 'nothing-serves', target: 'h2' }])
    mixed.at(1).entries = [entry(1, 'v0.9.0'), entry(2, 'v1.0.0')]
    expect((await mixed.roll({ operation: 'restart', release: null })).failures).toMatchObject([{ code: 'fleet-disagrees' }])
    expect([...empty.ran('stage'), ...mixed.ran('stage')]).toEqual([])
  })
  it.each([false, true])('is red where the place does not know of it (dry run: %s)', async (dryRun) => {
    const fleet = new Fleet(1)
    fleet.at(0).same = true
    expect(await fleet.roll({ operation: 'restart', release: null, dryRun }))
      .toMatchObject({ verdict: 'failed', failures: [{ code: 'host-program-too-old', target: 'h1' }] })
  })
})

describe('a rollback', () => {
  it('goes to the last good release, records what it leaves as withdrawn, runs no tasks', async () => {
    const fleet = new Fleet(2)
    const outcome = await fleet.roll({ operation: 'rollback', release: null })
    expect(outcome).toMatchObject({ verdict: 'rolled-back', version: 'v1.0.0', previous: 'v1.1.0', serving: 'v1.0.0' })
    expect(fleet.calls.filter(({ operation }) => operation === 'cutOver').map(({ detail }) => detail))
      .toEqual([{ withdraw: true, crossing: [] }, { withdraw: true, crossing: [] }])
    expect(fleet.ran('run')).toEqual([])
    expect(outcome.targets[0]?.returnable).toMatchObject([{ version: 'v1.1.0', withdrawn: true }])
  })
  it('does not withdraw a release for its own new secrets', async () => {
    const fleet = new Fleet(1)
    const target = fleet.at(0)
    const open = target.open.bind(target)
    target.open = async (...args) => {
      const session = await open(...args)
      return { ...session, stage: async (...staged) => ({ ...await session.stage(...staged), number: 9, unchanged: false }) }
    }
    target.entries.push(entry(9, 'v1.1.0', 's'))
    await fleet.roll({ operation: 'rollback', version: 'v1.1.0' })
    expect(fleet.calls.find(({ operation }) => operation === 'cutOver')?.detail).toEqual({ withdraw: false, crossing: [] })
  })
  it('to what serves already changes nothing', async () => {
    const fleet = new Fleet(2)
    expect(await fleet.roll({ operation: 'rollback', version: 'v1.1.0' })).toMatchObject({ verdict: 'unchanged', changed: false, ok: true })
  })
  it('wants one version for the fleet', async () => {
    const fleet = new Fleet(2)
    fleet.at(1).entries = [entry(1, 'v0.9.0'), entry(2, 'v1.1.0')]
    const outcome = await fleet.roll({ operation: 'rollback' })
    expect(outcome.failures[0]).toMatchObject({ code: 'fleet-disagrees' })
    expect(outcome.failures[0]?.what).toContain('h1: v1.0.0, h2: v0.9.0')
  })
  it('finds the release of a version that all targets share', async () => {
    const fleet = new Fleet(2)
    fleet.at(0).entries = [entry(1, 'v1', 'p', 'v1-a'), entry(2, 'v1', 'p', 'v1-b'), entry(3, 'v2')]
    fleet.at(1).entries = [entry(1, 'v1', 'p', 'v1-a'), entry(2, 'v2')]
    for (const target of fleet.targets) target.serving = target.entries.length
    expect(await fleet.roll({ operation: 'rollback', version: 'v1' })).toMatchObject({ verdict: 'rolled-back' })
    expect(fleet.targets.map(({ entries }) => entries.at(-1)?.releaseId)).toEqual(['v1-a', 'v1-a'])
  })
  it('collects what is missing on all targets', async () => {
    const fleet = new Fleet(3)
    const outcome = await fleet.roll({ operation: 'rollback', version: 'v7' })
    expect(outcome.failures.map(({ code, target }) => [code, target]))
      .toEqual([['version-unknown', 'h1'], ['version-unknown', 'h2'], ['version-unknown', 'h3']])
  })
})
