import { createLog } from '../../../src/report/console'
import { Redactor } from '../../../src/report/redact'
import { Events } from '../../torture/events'

/** What a rollout prints, in pieces as they may come. */
function heard(events: Events): void {
  const log = createLog((line) => {
    events.heard(line.slice(0, 5))
    events.heard(`${line.slice(5)}\n`)
  }, new Redactor([]))
  const target = 'deploy@203.0.113.7'
  log.event({ type: 'end', target, step: 'connect', at: 10 })
  log.event({ type: 'end', target, step: 'inspect', at: 20, detail: 'v1 serves as #1' })
  log.event({ type: 'progress', target, at: 30, text: 'draining: 3 connections still in use' })
  log.event({ type: 'progress', target, at: 30, text: 'waiting for 12 pods' })
  log.event({ type: 'end', target, step: 'cut over', at: 40, detail: 'v2 as #2' })
  log.event({ type: 'end', target, step: 'inspect', at: 50, detail: 'v2 serves as #2' })
}

it('a run is told of by names that are the same in every run', () => {
  const events = new Events()
  heard(events)
  events.recorded({ at: 0, type: 'record', event: 'proven', number: 7 })
  events.heard('::add-mask::secret\nerror: something\n✅ shop v2 is serving on 203.0.113.7 (2.1 s)\n')
  expect(events.names).toEqual([
    'told: connected', 'told: inspected', 'told: … draining', 'told: … waiting for N pods', 'told: cut over', 'told: inspected (2)', 'recorded proven', 'the verdict',
  ])
})

it('an event is waited for by its name, and one that has been is not', async () => {
  const events = new Events()
  const reached: string[] = []
  const waits = ['told: inspected (2)', 'told: inspected'].map((name) => events.reached(name).then(() => reached.push(name)))
  const never = events.reached('told: inspected (3)').then(() => reached.push('never'))
  heard(events)
  await Promise.all(waits)
  await events.reached('told: connected')
  expect(reached.toSorted()).toEqual(['told: inspected', 'told: inspected (2)'])
  heard(events)
  await never
})

it('progress that is told again and again is told once', () => {
  const events = new Events()
  for (let count = 0; count < 3; count++) heard(events)
  expect(events.names.filter((name) => name.includes('…'))).toEqual(['told: … draining', 'told: … waiting for N pods'])
})

it('of several sites each is told of by its name', () => {
  const events = new Events()
  for (const site of ['host 1', 'host 2', 'host 1']) events.recorded({ at: 0, type: 'record', event: 'staged', number: 7 }, site)
  expect(events.names).toEqual(['host 1: recorded staged', 'host 2: recorded staged', 'host 1: recorded staged (2)'])
})
