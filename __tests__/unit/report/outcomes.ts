import type { Event } from '../../../src/rollout/events'
import type { Outcome, TargetOutcome } from '../../../src/rollout/outcome'
import { commitOf, entry } from '../history/standing'

export const target = (change: Partial<TargetOutcome> = {}): TargetOutcome => ({
  name: '203.0.113.7', state: 'proven', from: entry(1, 'v1.0.0'),
  to: { number: 2, releaseId: 'v1.1.0-0000000a', version: 'v1.1.0', commit: commitOf('v1.1.0'), detail: '3 files, 4.1 kB, environment reused' },
  serving: { version: 'v1.1.0', number: 2, commit: commitOf('v1.1.0') }, servingKnown: true,
  proof: { number: 2, version: 'v1.1.0', via: 'http://shop.example.com/healthz via 127.0.0.1:80',
    seen: ['api: 200 from /healthz in #2'], url: 'http://shop.example.com' },
  provenAt: 1312, url: 'http://shop.example.com',
  returnable: [{ releaseId: 'v1.0.0-0000000a', version: 'v1.0.0', commit: commitOf('v1.0.0'), number: 1, withdrawn: false, floor: null, at: '2026-11-20T10:00:00Z' }],
  entries: [], settled: [], unwell: [], plan: null, retired: ['drained 3 connections'], failures: [], evidence: [],
  traffic: { connections: 1, roundTrips: 9, bytesSent: 4100, bytesReceived: 900 }, ...change,
})

export const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  operation: 'deploy', app: 'shop', verdict: 'deployed', status: 'deployed', ok: true, changed: true, version: 'v1.1.0',
  commit: commitOf('v1.1.0'), previous: 'v1.0.0', serving: 'v1.1.0', url: 'http://shop.example.com', tasks: [], after: null, failures: [],
  targets: [target()], provenAt: 1312, endedAt: 2104, ...change,
})

export const failure = {
  code: 'app-exits', what: '`api` exits at start with code 1.', why: 'Its journal ends with a Traceback.',
  cure: 'Mend the import in `main.py`, line 3, and deploy again.', at: null, target: '203.0.113.7',
}

export const reverted = (change: Partial<TargetOutcome> = {}): Outcome => outcome({
  verdict: 'reverted', status: 'reverted', ok: false, changed: false, serving: 'v1.0.0', provenAt: null, failures: [failure],
  targets: [target({
    state: 'reverted', serving: { version: 'v1.0.0', number: 1, commit: commitOf('v1.0.0') }, proof: null, provenAt: null, retired: [],
    returnable: [], failures: [failure], evidence: [{ source: 'api.1: journal', text: 'Traceback\nModuleNotFoundError: fastapi' }], ...change,
  })],
})

const step = (name: Extract<Event, { type: 'begin' }>['step'], at: number, end: number, detail?: string): Event[] => [
  { type: 'begin', target: '203.0.113.7', step: name, at },
  { type: 'end', target: '203.0.113.7', step: name, at: end, ...(detail === undefined ? {} : { detail }) },
]

export const events: readonly Event[] = [
  ...step('connect', 90, 340), ...step('inspect', 340, 352, 'v1.0.0 serves as #1'),
  ...step('stage', 352, 760, 'v1.1.0 as #2  3 files, 4.1 kB, environment reused'), ...step('start', 760, 1210),
  ...step('cut over', 1210, 1312, 'v1.1.0 as #2'),
  { type: 'proven', target: '203.0.113.7', at: 1312, proof: { number: 2, version: 'v1.1.0', via: 'http://shop.example.com/healthz via 127.0.0.1:80', seen: [], url: null } },
  ...step('retire', 1312, 2090, 'drained 3 connections'),
]
