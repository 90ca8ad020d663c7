import type { Hooks } from '../../../src/rollout/rollout'
import { fault, Fleet, hang } from './fleet'

/** What happened, the caller's turns among it. */
function watched(fleet: Fleet, change: Partial<Hooks> = {}): { readonly hooks: Hooks; readonly seen: () => readonly string[] } {
  const mark = (name: 'beforeStaging' | 'beforeCutOver') => async (): Promise<void> => {
    fleet.calls.push({ target: name, operation: 'open' })
    await change[name]?.()
  }
  return {
    hooks: { beforeStaging: mark('beforeStaging'), beforeCutOver: mark('beforeCutOver'), beforeClosing: async (outcome) => await change.beforeClosing?.(outcome) },
    seen: () => [...new Set(fleet.calls.map(({ target, operation }) => target.startsWith('before') ? target : operation))].filter((name) => name !== 'dispose'),
  }
}

describe('the turns of whoever starts a deploy', () => {
  it('are before anything is staged, and when all is staged before any command has run', async () => {
    const fleet = new Fleet(2)
    const { hooks, seen } = watched(fleet)
    expect((await fleet.roll({ hooks })).verdict).toBe('deployed')
    expect(seen()).toEqual(['open', 'inspect', 'beforeStaging', 'stage', 'beforeCutOver', 'run', 'start', 'cutOver', 'observe', 'retire'])
  })

  it('do not come in a dry run, nor in a run that is refused', async () => {
    for (const change of [{ dryRun: true }, { isAncestor: async () => true }]) {
      const fleet = new Fleet(1)
      const { hooks, seen } = watched(fleet)
      await fleet.roll({ hooks, ...change })
      expect(seen().filter((name) => name.startsWith('before'))).toEqual([])
    }
  })

  it('come once where all is so already, and nothing is to be switched', async () => {
    const fleet = new Fleet(2)
    for (const target of fleet.targets) target.same = true
    const { hooks, seen } = watched(fleet)
    expect((await fleet.roll({ hooks })).verdict).toBe('unchanged')
    expect(seen()).toEqual(['open', 'inspect', 'beforeStaging', 'stage'])
  })

  it.each(['beforeStaging', 'beforeCutOver'] as const)('fail the run when %s does, and nothing is switched', async (turn) => {
    const fleet = new Fleet(2)
    const { hooks, seen } = watched(fleet, { [turn]: async () => fault('refused')() })
    const outcome = await fleet.roll({ hooks })
    expect(outcome).toMatchObject({ verdict: 'failed', changed: false, failures: [{ code: 'refused' }] })
    expect(seen().at(-1)).toBe(turn)
    expect(fleet.ran('dispose')).toHaveLength(2)
  })

  it.each(['beforeStaging', 'beforeCutOver'] as const)('are not waited for in %s once the run is cancelled', async (turn) => {
    const fleet = new Fleet(1)
    const { hooks } = watched(fleet, { [turn]: async () => {
      fleet.abort.abort()
      await hang()
    } })
    expect((await fleet.roll({ hooks })).verdict).toBe('cancelled')
    expect(fleet.ran('cutOver')).toEqual([])
  })

  it('end when it is over, and all places are still held', async () => {
    for (const good of [true, false]) {
      const fleet = new Fleet(2)
      const told: unknown[] = []
      const { hooks } = watched(fleet, {
        beforeClosing: async ({ verdict, serving }) => void told.push(verdict, serving, fleet.ran('dispose').length),
        ...good ? {} : { beforeCutOver: async () => fault('refused')() },
      })
      const outcome = await fleet.roll({ hooks })
      expect(told).toEqual([good ? 'deployed' : 'failed', outcome.serving, 0])
      expect(fleet.ran('dispose')).toHaveLength(2)
    }
  })

  it('are not red for a cancel that comes when all is done', async () => {
    const fleet = new Fleet(2)
    const { hooks } = watched(fleet, { beforeClosing: async () => fleet.abort.abort() })
    expect(await fleet.roll({ hooks })).toMatchObject({ ok: true, verdict: 'deployed', status: 'deployed', failures: [] })
  })

  it('that break at the end leave no place held, and are told', async () => {
    const fleet = new Fleet(2)
    const { hooks } = watched(fleet, { beforeClosing: async () => { throw new Error('a bug') } })
    expect((await fleet.roll({ hooks })).failures).toMatchObject([{ code: 'internal' }])
    expect(fleet.ran('dispose')).toHaveLength(2)
  })
})
