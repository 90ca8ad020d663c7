import { returnable } from '../history/rollback'
import type { Standing } from '../history/types'
import type { Member } from './member'
import { recordOf, statusOf, verdictOf, type Outcome, type Serving, type TargetOutcome, type TargetState } from './outcome'
import type { Run } from './run'
import type { Traffic } from './target'

/** What the run came to, read off its members; `traffic` by target, as it stood before the sessions were closed. */
export function conclude(run: Run, traffic: ReadonlyMap<string, Traffic>): Outcome {
  const { operation, dryRun } = run.request
  const targets = run.members.map((member) => targetOutcome(run, member, traffic.get(member.name) ?? null))
  const verdict = verdictOf({
    operation, dryRun, cancelled: run.limits.cancelled && !run.advanced, failed: run.failures.length > 0,
    targets: run.members.map((member, index) => ({
      state: targets[index]?.state ?? 'failed', switched: member.switched, servingKnown: member.servingKnown,
    })),
  })
  const present = targets.filter(({ state }) => state !== 'absent')
  const failures = [...run.failures.map(recordOf), ...targets.flatMap((target) => target.failures)]
  const good = ['deployed', 'rolled-back', 'restarted', 'unchanged', 'planned', 'status'].includes(verdict)
  const ok = good && failures.length === 0 && (run.complete || !run.limits.cancelled)
  const provenAt = Math.max(-1, ...targets.map((target) => target.provenAt ?? -1))
  return {
    operation,
    app: run.members.map(({ standing }) => standing?.app).find((app) => app !== undefined)
      ?? run.request.release?.config.app ?? '',
    verdict,
    status: statusOf({ verdict, ok, after: run.after }),
    ok,
    changed: run.members.some((member, index) =>
      targets[index]?.state === 'proven' || (member.switched && targets[index]?.state === 'failed')),
    version: run.wanted === null ? null : run.wanted.kind === 'source' ? run.wanted.release.version : run.wanted.version,
    commit: agreedNow(present, ({ commit }) => commit),
    previous: agreed(present.map(({ from }) => from?.version ?? null)),
    serving: agreedNow(present, ({ version }) => version),
    url: present.find(({ url }) => url !== null)?.url ?? null,
    tasks: run.tasks,
    after: run.after,
    failures,
    targets,
    provenAt: provenAt < 0 ? null : provenAt,
    endedAt: run.request.clock(),
  }
}

function targetOutcome(run: Run, member: Member, traffic: Traffic | null): TargetOutcome {
  const { activation, proof, standing } = member
  const servingNow = nowServing(member)
  return {
    name: member.name,
    state: stateOf(member),
    from: member.from,
    to: activation === null ? null : {
      number: activation.number, releaseId: activation.releaseId, version: activation.version,
      commit: activation.commit, detail: activation.detail,
    },
    serving: servingNow,
    servingKnown: member.servingKnown && (member.standing !== null || proof !== null),
    proof,
    provenAt: member.provenAt,
    url: proof?.url ?? standing?.url ?? null,
    returnable: standing === null ? [] : returnable(asServing(standing, servingNow)),
    entries: run.request.operation === 'status' ? standing?.entries ?? [] : [],
    settled: member.settled,
    unwell: standing !== null && standing.serving?.number === servingNow?.number ? standing.unwell ?? [] : [],
    plan: member.plan,
    retired: member.retired,
    failures: member.failures.map(recordOf),
    evidence: member.evidence,
    traffic,
  }
}

function stateOf(member: Member): TargetState {
  if (member.absent) return 'absent'
  if (member.activation?.unchanged === true) return 'unchanged'
  if (member.undone === 'yes' && member.switched) return 'reverted'
  if (member.proof !== null && !member.broken && member.undone === 'no') return 'proven'
  return member.broken || member.undone === 'failed' || member.failures.length > 0 ? 'failed' : 'untouched'
}

function nowServing(member: Member): Serving | null {
  const { proof, activation, standing, from, undone } = member
  if (proof !== null && activation !== null && undone === 'no') {
    return { version: activation.version, number: activation.number, commit: activation.commit }
  }
  const entry = undone === 'yes' ? from : standing?.serving ?? null
  return entry === null ? null : { version: entry.version, number: entry.number, commit: entry.commit }
}

/** The standing as it is after the proof, when nobody has looked since. */
function asServing(standing: Standing, serving: Serving | null): Standing {
  if (serving === null || standing.serving?.number === serving.number) return standing
  const { number, version, commit } = serving
  return { ...standing, serving: {
    number, version, commit, releaseId: '', state: 'proven', proven: true, withdrawn: false, at: '', by: '', run: '',
  } }
}

/** Of what serves now, where it is known of every target and the same on all. */
function agreedNow(targets: readonly TargetOutcome[], of: (serving: Serving) => string): string | null {
  if (!targets.every(({ servingKnown }) => servingKnown)) return null
  return agreed(targets.map(({ serving }) => serving === null ? null : of(serving)))
}

function agreed(versions: readonly (string | null)[]): string | null {
  const [first] = versions
  return first !== undefined && versions.every((version) => version === first) ? first : null
}
