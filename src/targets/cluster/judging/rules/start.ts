import type { ContainerCase, Finding, PodCase, PodRule } from '../verdict'
import { endedRuns } from '../world'

/** What the runtime says of commands and mounts that no further attempt will mend. */
const final = /executable file not found|no such file or directory|permission denied|not a directory|is a directory|no command specified|unable to find user|no users found|must be an absolute path|invalid mount|is mounted on|not a shared mount/i

/** The program is for another processor: the kernel's ENOEXEC, whoever passes it on. */
const foreign = /exec format error/i

/**
 * The runtime cannot make or start the container: no such command, a mount that cannot be. Shown as `CreateContainerError` or
 * `RunContainerError`, then as `StartError` with exit code 128. The same exit code also stands for troubles of a node that pass (a name
 * that is still taken, a runtime that is busy), so only words that are final are believed at once; others have to come again.
 */
export const containerCannotStart: PodRule = (at) => at.containers.flatMap((one) => {
  const words = refusalOf(one)
  if (words === null || foreign.test(words)) return []
  const certain = final.test(words)
  const again = endedRuns(one.status) - at.world.endedBefore(at.pod.uid, one.spec.name) >= at.patience.crashes + 1
  return [{
    container: one.spec.name, event: words, shared: certain,
    message: /executable file not found|no such file or directory/i.test(words) && /exec/i.test(words)
      ? `The command of container ${one.spec.name} is not in the image ${one.spec.image}.`
      : `Container ${one.spec.name} cannot be started.`,
    cure: 'Correct `command`, `args`, user or mounts in the chart; to try the image: docker run --rm IMAGE COMMAND',
    grace: certain ? at.patience.settle : again ? 0 : at.patience.passing,
  }]
})

/**
 * Program and processor do not fit. Mostly it is the program itself that says so, in its last line, so the log has to be given
 * (`World.putLog`) or to be asked for by terminationMessagePolicy.
 */
export const wrongArchitecture: PodRule = (at) => at.containers.flatMap((one): readonly Finding[] => {
  const words = refusalOf(one) ?? lastWords(at, one)
  if (!foreign.test(words)) return []
  return [{
    container: one.spec.name, event: words.slice(-300).trim(), grace: at.patience.settle, wantsLogs: true,
    message: `The program in ${one.spec.image} is for another processor than that of node ${at.parts.node}.`,
    cure: 'Build the image for that processor: `platforms` of build-image; or choose nodes by kubernetes.io/arch. A script needs its first line: #!/bin/sh',
  }]
})

/** Null: it was started, or nothing has been tried yet. */
export function refusalOf({ status }: ContainerCase): string | null {
  const { waiting, ended, endedBefore } = status
  if (waiting?.reason === 'CreateContainerError' || waiting?.reason === 'RunContainerError') return waiting.message
  if (status.runningSince !== null) return null
  const last = ended ?? endedBefore
  return last?.reason === 'StartError' || last?.reason === 'ContainerCannotRun' ? last.message : null
}

function lastWords(at: PodCase, { spec, status }: ContainerCase): string {
  const last = status.runningSince === null ? status.ended ?? status.endedBefore : null
  return last === null || last.exitCode === 0 ? '' : `${last.message}\n${at.world.logOf(at.pod.name, spec.name)}`
}
