import type { StartedAction } from '../host/harness/action'
import { killAll } from '../host/harness/kill'
import type { Obstacle, Place, Powers, Way } from './place'

/** Where a strike is made. */
export interface Scene {
  readonly place: Place
  readonly action: StartedAction
  readonly way: Way
}

export interface Strike {
  readonly name: string
  /** What a place has to have for it; it applies to all that do. */
  readonly needs: readonly (keyof Powers)[]
  /** What serves goes down with it: until that answers again, requests fail. */
  readonly restarts: boolean
  /** Until it is mended, and what it has struck has noticed. */
  readonly takes: 'a moment' | 'half a minute'
  /** What it keeps from ending may be in hand until the next run. */
  readonly leavesWork?: boolean
  /** Nothing passes between runner and place for a while: what the run says last may not arrive. */
  readonly parts?: boolean
  /** With it something newer was deployed: pressing the same button again would go backwards. */
  readonly supersedes?: boolean
  /** Resolves when all that can be mended is; false: there was nothing to strike at. */
  readonly make: (scene: Scene) => Promise<boolean>
  /** What is wrong with how the action ended, besides what is wrong in any case. */
  readonly after?: (scene: Scene, struckAt: number) => Promise<readonly string[]>
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** Milliseconds: longer than a host waits for a runner's word, and than a runner waits for a host's. */
const frozen = 30_000
/** Milliseconds within which the runner wants a cancelled action to have ended. */
const patience = 7_500

/** An obstacle is in the way until the run has ended. */
const untilItEnded = (power: { [P in keyof Powers]-?: Required<Powers>[P] extends Obstacle ? P : never }[keyof Powers]): Strike['make'] => async ({ place: { powers }, action }) => {
  const gone = await powers[power]?.()
  await action.done
  await gone?.()
  return true
}

/** All strikes. One more is one more of these, and is made at every boundary of every place that has what it takes. */
export const strikes: readonly Strike[] = [
  {
    name: 'killed', needs: [], restarts: false, takes: 'a moment',
    make: async ({ action }) => {
      killAll(action.pid)
      return true
    },
  },
  {
    name: 'cancelled', needs: [], restarts: false, takes: 'a moment',
    make: async ({ action }) => {
      action.cancel()
      return true
    },
    after: async ({ action }, struckAt) => {
      const { signal, log } = await action.done
      const took = performance.now() - struckAt
      // Before it has said a word Node itself is starting, and ends as any program does.
      if (signal !== null && log !== '') return [`cancelled, it did not end by itself: ${signal}`]
      return took > patience ? [`cancelled, it took ${Math.round(took)} ms to end`] : []
    },
  },
  {
    name: 'cut', needs: [], restarts: false, takes: 'half a minute', parts: true,
    make: async ({ way }) => {
      way.silence()
      return true
    },
  },
  {
    name: 'session-killed', needs: ['killSession'], restarts: false, takes: 'a moment',
    make: async ({ place: { powers } }) => await powers.killSession?.() ?? false,
  },
  {
    name: 'frozen', needs: ['freeze', 'thaw'], restarts: false, takes: 'half a minute', parts: true,
    make: async ({ place: { powers } }) => {
      await powers.freeze?.()
      await pause(frozen)
      await powers.thaw?.()
      return true
    },
  },
  {
    name: 'restarted', needs: ['restart'], restarts: true, takes: 'a moment',
    make: async ({ place: { powers } }) => {
      await powers.restart?.()
      return true
    },
  },
  {
    name: 'power-cut', needs: ['cutPower'], restarts: true, takes: 'a moment',
    make: async ({ place: { powers } }) => {
      await powers.cutPower?.()
      return true
    },
  },
  {
    name: 'gone', needs: ['leave'], restarts: true, takes: 'half a minute',
    make: untilItEnded('leave'),
  },
  {
    name: 'engine-restarted', needs: ['restartEngine'], restarts: true, takes: 'a moment',
    make: async ({ place: { powers } }) => {
      await powers.restartEngine?.()
      return true
    },
  },
  {
    name: 'api-server-restarted', needs: ['restartApiServer'], restarts: false, takes: 'half a minute', parts: true,
    make: async ({ place: { powers } }) => {
      await powers.restartApiServer?.()
      return true
    },
  },
  { name: 'disk-full', needs: ['fillDisk'], restarts: false, takes: 'a moment', leavesWork: true, make: untilItEnded('fillDisk') },
  { name: 'inodes-gone', needs: ['takeInodes'], restarts: false, takes: 'a moment', leavesWork: true, make: untilItEnded('takeInodes') },
  { name: 'memory-short', needs: ['takeMemory'], restarts: false, takes: 'a moment', make: untilItEnded('takeMemory') },
  { name: 'port-taken', needs: ['takePorts'], restarts: false, takes: 'a moment', make: untilItEnded('takePorts') },
  { name: 'foreign-nginx-broken', needs: ['breakNginx'], restarts: false, takes: 'a moment', make: untilItEnded('breakNginx') },
  { name: 'clock-off', needs: ['setClockWrong'], restarts: false, takes: 'a moment', make: untilItEnded('setClockWrong') },
  // Whoever asks waits for an answer, several times over.
  { name: 'index-down', needs: ['silenceIndex'], restarts: false, takes: 'half a minute', make: untilItEnded('silenceIndex') },
  { name: 'registry-down', needs: ['silenceRegistry'], restarts: false, takes: 'half a minute', make: untilItEnded('silenceRegistry') },
  {
    name: 'another-run', needs: ['rival'], restarts: false, takes: 'a moment', supersedes: true,
    make: async ({ place: { powers }, action }) => {
      const [other] = await Promise.all([powers.rival?.(), action.done])
      if (other?.code !== 0) throw new Error(`the other run ended with ${other?.signal ?? other?.code}:\n${other?.log}`)
      return true
    },
  },
  {
    name: 'late-job', needs: ['lateJob'], restarts: false, takes: 'a moment',
    make: async ({ place: { powers }, action }) => {
      const [late] = await Promise.all([powers.lateJob?.(), action.done])
      if (late?.code !== 1 || !/older|ancestor/.test(late.log)) throw new Error(`a job of long ago was not refused:\n${late?.log}`)
      return true
    },
  },
]

/** Those that apply to a place. */
export const strikesOn = ({ powers, special = false }: Pick<Place, 'powers' | 'special'>): readonly Strike[] =>
  strikes.filter(({ needs }) => needs.every((need) => powers[need] !== undefined) && (!special || needs.length > 0))
