import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { judge, World, type ApiObject, type Subject } from '../../../src/targets/cluster/judging'
import { claim, surfaceOf } from '../surface'
import { altered, json } from '../texts'

interface Line { readonly at: number; readonly type: string; readonly object: ApiObject }

/** What the watches of a real cluster gave, as the tests of the judging replay it. */
const recorded = ['upgrade', 'install'].flatMap((name) => gunzipSync(readFileSync(join(import.meta.dirname, '../../unit/cluster/recorded', `${name}.jsonl.gz`))).toString()
  .trim().split('\n').map((line) => JSON.parse(line) as Line))
// Neighbours belong together: an owner and what it owns, an object and its event.
const stretches = Array.from({ length: Math.floor(recorded.length / 6) }, (_, index) => recorded.slice(index * 6, index * 6 + 6).map(({ object }) => object))
const object = altered(recorded.filter((_, index) => index % 7 === 0).map(({ object }) => object))
const step = fc.record({ object: fc.oneof({ weight: 9, arbitrary: object }, { weight: 1, arbitrary: json }), gone: fc.integer({ max: 9, min: 0 }), after: fc.constantFrom(0, 1, 1000, 60_000, 600_000) })

/** Objects and events of a cluster, and what is said of a rollout by them. */
export const surface = surfaceOf({
  refusesNothing: true,
  inputs: fc.record({ before: fc.constantFrom(...stretches), steps: fc.array(step, { minLength: 1, maxLength: 3 }), log: fc.string() }),
  attempt({ before, steps, log }) {
    const world = new World()
    let now = 1_000_000
    for (const object of before) {
      world.put(object, now)
      world.follow(subjectOf(object))
    }
    world.begin()
    for (const { object, gone, after } of steps as readonly { object: ApiObject; gone: number; after: number }[]) {
      now += after
      const affected = isObject(object) && gone === 0 ? world.affected(object) : []
      if (isObject(object)) {
        if (gone === 0) world.remove(object, now)
        else world.put(object, now)
      }
      for (const subject of [...affected, ...isObject(object) ? world.affected(object) : [], ...world.followed]) {
        const { state, causes, again } = judge(world, subject, now)
        claim(['waiting', 'ready', 'doomed', 'progressing', 'unknown', 'gone'].includes(state), 'a verdict is none:', state)
        claim(again === null || again > now, 'it would be judged again at once, for ever:', again, now)
        for (const { rule, ...said } of causes) claim(/^[a-z-]+$/.test(rule) && JSON.stringify(said).length < 2 ** 20, 'a cause is none:', rule, said)
      }
    }
    world.putLog('web', 'app', log)
    return undefined
  },
})

/** The watch hands nothing else on. */
const isObject = (value: unknown): value is ApiObject => typeof value === 'object' && value !== null && typeof (value as ApiObject).metadata === 'object' && (value as ApiObject).metadata !== null

function subjectOf({ apiVersion, kind, metadata }: ApiObject): Subject {
  const text = (value: unknown): string => typeof value === 'string' ? value : ''
  return { group: text(apiVersion).includes('/') ? text(apiVersion).split('/')[0] ?? '' : '', kind: text(kind), namespace: text(metadata?.['namespace']), name: text(metadata?.['name']) }
}
