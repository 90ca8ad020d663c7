// One run of a contender of bench/cluster.mjs, under load: when it ended, what users saw of it, and what is left to be known of it.
import { startLoad } from '../rig/load.mjs'
import { pause } from './programs.mjs'

export const rate = 50

/** What is wrong with a release, by what an output that tells of it would have in it, and the application's own last words. */
export const kinds = [
  { variant: 'crash', title: 'one that ends at its start', reason: /exit code 3|CrashLoopBackOff/, words: 'the setting PAYMENTS_URL is missing' },
  { variant: 'missing', title: 'one whose image is nowhere', reason: /ErrImagePull|ImagePullBackOff|not in the registry|image.*not found/i, words: null },
  { variant: 'sick', title: 'one that is never ready', reason: /statuscode: 503/, words: 'waits for the search index' },
]

/** Requests on new connections, until nothing moves any more after `act`. */
async function underLoad({ place, target }, act, perSecond) {
  await place.settled()
  const origin = performance.now()
  const load = startLoad({ ...await target(), rate: perSecond, kept: 0, seconds: 3600 })
  await pause(1000)
  const began = performance.now()
  const told = await act()
  const total = performance.now() - began
  await place.settled()
  await pause(1000)
  // While somebody asked: what hangs in the end is waited for, and asked nothing else meanwhile.
  const { longestGap } = load.soFar()
  const { sent, failed, changes, versions } = await load.stop()
  return { ...told, total, sent, failed, longestGap, versions, changes: changes.map((change) => ({ ...change, at: change.at - (began - origin) })) }
}

/** `{ served, total, sent, failed, longestGap }`; `served`: milliseconds until the version is all that users get. */
export async function good(contender, act, version) {
  const { code, log, total, sent, failed, longestGap, changes } = await underLoad(contender, act, rate)
  if (code !== 0) throw new Error(`${contender.name} ended with ${code}:\n${log}`)
  const last = changes.at(-1)
  if (last?.to !== version) throw new Error(`${contender.name} does not serve ${version}, but ${last?.to}:\n${log}`)
  return { served: last.at, total, sent, failed, longestGap }
}

/** A broken version is deployed while `former` serves: when it was red, whether `former` still serves, and who tells why. */
export async function broken(contender, { reason, words }, version, former, perSecond = rate) {
  const { place } = contender
  const before = await place.pods()
  const { code, log, total, firstError = null, sent, failed, longestGap, changes, versions } = await underLoad(contender, () => contender.deploy(version), perSecond)
  if (code === 0 || code === null) throw new Error(`${contender.name} ended with ${code}, though ${version} is broken:\n${log}`)
  return {
    red: total, said: firstError, sent, failed, longestGap,
    served: changes.at(-1)?.to === former && Object.keys(versions).every((one) => one === former),
    // In what it printed, and so still there next week.
    names: reason.test(log), quotes: words === null ? null : log.includes(words),
    // In the cluster, for whoever asks it at once.
    podsLeft: (await place.pods()).filter((pod) => !before.includes(pod)).length,
    eventsLeft: (await place.events()).filter((event) => reason.test(event)).length,
    lastLine: log.trim().split('\n').findLast((line) => line !== '')?.slice(0, 300) ?? '',
  }
}
