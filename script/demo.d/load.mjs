// Requests that run all through a demo, and what came of them.
import { startLoad } from '../../rig/load.mjs'
import { bad, bold, dim, good, say, seconds } from './show.mjs'

const rate = 50

/** Starts it, and says so. `mark(text)` notes a moment; `end({ versions, last })` tells all, and resolves with what went wrong. */
export function constantLoad(address, requests) {
  const load = startLoad({ address, port: 80, rate, kept: 5, seconds: 1800, requests })
  say(dim(`\nFrom here on ${rate} requests a second: half on new connections, half on 5 kept ones that never reconnect.`))
  const marks = []
  return {
    mark: (text) => marks.push({ at: Date.now() - load.startedAt, text }),
    async end({ versions, last }) {
      await new Promise((resolve) => setTimeout(resolve, 2000))
      return told(await load.stop(), marks, versions, last)
    },
  }
}

/** Where pods are replaced one by one, the old and the new answer in turns for a while: that is one event. */
function turns(changes) {
  const together = 3000
  return changes.reduce((groups, change) => {
    const group = groups.at(-1)
    if (group !== undefined && change.at - group.at(-1).at < together) group.push(change)
    else groups.push([change])
    return groups
  }, []).map((group) => {
    const { at, to } = group.at(-1)
    return { at, to, text: `/ answers ${to}${group.length > 1 ? `, and since ${seconds(group[0].at)} both did` : ''}` }
  })
}

function told(result, marks, versions, last) {
  const path = turns(result.changes.filter((change) => change.path === '/'))
  say(`\n${bold('The load')}`)
  for (const { at, text } of [...marks, ...path].toSorted((a, b) => a.at - b.at)) say(`   ${seconds(at).padStart(8)}  ${text}`)
  const by = Object.entries(result.versions).map(([version, answers]) => `${answers} answered by ${version}`).join(', ')
  say(`   ${result.sent} requests in ${result.seconds.toFixed(0)} s: ${by}`)
  say(`   answered in ${result.p50} ms (median), ${result.p99} ms (99 %); longest time without an answer: ${result.longestGap} ms`)
  for (const { at, kind, request, error } of result.failures.slice(0, 10)) {
    say(bad(`   ✗ ${seconds(at)} ${kind} ${request}: ${error}`))
  }
  const seen = Object.keys(result.versions).toSorted().join(' ')
  return [
    ...result.failed ? [`${result.failed} of ${result.sent} requests failed`] : [],
    ...seen === versions.join(' ') ? [] : [`versions ${versions.join(' and ')} should have answered, and these did: ${seen || 'none'}`],
    ...path.at(-1)?.to === last ? [] : [`the rollback does not serve ${last}`],
  ]
}

/** The last word on what went wrong; the exit code. */
export function verdict(problems) {
  say(problems.length > 0 ? bad(`   ✗ ${problems.join('; ')}`) : good('   ✓ 0 failed requests'))
  return problems.length > 0 ? 1 : 0
}
