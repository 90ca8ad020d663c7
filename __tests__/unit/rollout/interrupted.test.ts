import { fault, Fleet, hang } from './fleet'

describe('cancelled', () => {
  it('when the last one is retired, and only the end is to come: it is as if nobody had', async () => {
    const fleet = new Fleet(1)
    const outcome = await fleet.roll({ emit: ({ type, ...event }) => { if (type === 'end' && 'step' in event && event.step === 'retire') fleet.abort.abort() } })
    expect(outcome).toMatchObject({ ok: true, verdict: 'deployed', status: 'deployed', failures: [] })
  })

  it.each(['open', 'inspect', 'stage', 'run', 'start', 'observe', 'retire', 'evidence'] as const)(
    'in %s: nothing new is begun, and the step is not waited for', async (operation) => {
      const fleet = new Fleet(3)
      const victim = operation === 'evidence' ? 2 : 0
      if (operation === 'evidence') fleet.at(2).faults.set('start', fault())
      fleet.at(victim).faults.set(operation, () => {
        fleet.abort.abort()
        return hang()
      })
      const outcome = await fleet.roll({ maxParallel: 1 })
      const order = fleet.calls.filter((call) => call.operation !== 'dispose')
      expect(order.at(-1)).toMatchObject({ target: `h${victim + 1}`, operation })
      expect(fleet.signals.get('h1')?.aborted).toBe(true)
      expect(outcome.ok).toBe(false)
      expect(outcome.verdict).toBe(operation === 'retire' ? 'deployed' : 'cancelled')
      // Of a run that is called after what it has done its red has to be said.
      expect(outcome.failures.map(({ code }) => code).includes('retire-cancelled')).toBe(operation === 'retire')
      expect(fleet.targets.map(({ openNow }) => openNow)).toEqual([0, 0, 0])
    })

  it('in a cut-over: it is awaited, and nothing after it is begun', async () => {
    const fleet = new Fleet(3)
    fleet.at(0).faults.set('cutOver', async () => {
      fleet.abort.abort()
      await new Promise(setImmediate)
    })
    const outcome = await fleet.roll({ maxParallel: 1 })
    expect(outcome).toMatchObject({ verdict: 'cancelled', ok: false, changed: true })
    expect(outcome.targets.map(({ state }) => state)).toEqual(['proven', 'untouched', 'untouched'])
    expect(fleet.ran('cutOver')).toEqual(['h1'])
    expect(fleet.ran('observe')).toEqual([])
    expect(fleet.ran('revert')).toEqual([])
  })

  it('in a cut-over that fails then: it is not known what serves, and nothing is begun to find out', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('cutOver', () => {
      fleet.abort.abort()
      fault('connection-lost')()
    })
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'cancelled', serving: null, changed: true })
    expect(outcome.targets[0]?.servingKnown).toBe(false)
    expect(fleet.calls.map(({ operation }) => operation).slice(-2)).toEqual(['cutOver', 'dispose'])
  })

  it('before it began: nothing is begun', async () => {
    const fleet = new Fleet(1)
    fleet.abort.abort()
    expect(await fleet.roll()).toMatchObject({ verdict: 'cancelled', ok: false, changed: false })
    expect(fleet.calls).toEqual([])
  })

  it('a session that arrives late is given back', async () => {
    const fleet = new Fleet(1)
    let arrive = (): void => undefined
    fleet.at(0).faults.set('open', () => new Promise<void>((resolve) => {
      arrive = resolve
      fleet.abort.abort()
    }))
    await fleet.roll()
    arrive()
    await new Promise(setImmediate)
    expect(fleet.at(0).openNow).toBe(0)
    expect(fleet.ran('dispose')).toEqual(['h1'])
  })
})

describe('the timeout', () => {
  it('ends staging that hangs', async () => {
    const fleet = new Fleet(2)
    fleet.at(1).faults.set('stage', () => {
      fleet.ring()
      return hang()
    })
    const outcome = await fleet.roll({ policy: { timeout: 120 } })
    expect(outcome).toMatchObject({ verdict: 'failed', changed: false })
    expect(outcome.failures.map(({ code, what }) => [code, what])).toEqual([['rollout-timeout', 'The rollout was not done within 120 s.']])
    expect(fleet.signals.get('h2')?.aborted).toBe(true)
    expect(fleet.ran('start')).toEqual([])
    expect([fleet.alarmAfter, fleet.silenced]).toEqual([120_000, true])
  })
  it('between waves puts everything back, with the sessions alive', async () => {
    const fleet = new Fleet(2)
    fleet.at(0).faults.set('observe', () => fleet.ring())
    const outcome = await fleet.roll({ policy: { wave: { count: 1 } } })
    expect(outcome).toMatchObject({ verdict: 'reverted', changed: false, serving: 'v1.1.0' })
    expect(outcome.failures.map(({ code }) => code)).toEqual(['rollout-timeout'])
    expect(fleet.ran('cutOver')).toEqual(['h1'])
    expect(fleet.signals.get('h1')?.aborted).toBe(false)
  })
  it('does not undo what is all proven and watched', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('observe', () => fleet.ring())
    expect(await fleet.roll()).toMatchObject({ verdict: 'deployed', ok: true })
  })
})
