import { Failure, type Position } from '../errors'
import { hiddenBy, parseIgnore } from './ignore'

/** What is known when a build has failed. */
export interface FailedBuild {
  /** All that docker printed. */
  readonly output: string
  /** Path in the repository; null: it is one of ours. */
  readonly file: string | null
  readonly dockerfile: string
  /** Of the context, with its path in the repository; null: there is none. */
  readonly ignore: { readonly file: string; readonly text: string } | null
  /** Is there such a path in the context, whatever is ignored? */
  readonly exists: (path: string) => boolean
  readonly builder: string
}

/** Why a push failed: may the same words succeed the next time? */
export interface FailedPush {
  readonly passing: boolean
  readonly why: string
}

const unavailable = /failed to resolve source metadata|pull access denied|failed to do request|manifest unknown|failed to authorize|not found$/im
const notPushed = new RegExp(`^.*(${[
  'failed to push', 'failed to copy', 'failed to do request: (Put|Post|Head|Patch)', 'error (writing|pushing)', 'push access', 'pushing .*failed',
].join('|')}).*$`, 'im')

/** A failure of the build that the Dockerfile's author can act on, with its line. */
export function buildFailure(build: FailedBuild): Failure {
  const why = reasonOf(build.output)
  const at = positionOf(build)
  const evidence = [{ source: `build by ${build.builder}`, text: build.output }]
  const missing = missingPath(build.output)
  if (missing !== null) return copyFailure(missing, build, at, evidence)
  if (/no space left on device/i.test(why)) {
    return new Failure({
      code: 'build-disk-full', what: 'The build ran out of disk.', why, at, evidence,
      cure: 'Free some on the runner before this step, e.g. docker system prune --all --force, or take a larger one.',
    })
  }
  if (/exec format error/i.test(build.output)) {
    return new Failure({
      code: 'platform-not-emulated', what: 'A step of the Dockerfile cannot run: it is for another processor.', why,
      cure: 'Run docker/setup-qemu-action and then docker/setup-buildx-action before this step, or build on a runner of that processor.', at, evidence,
    })
  }
  if (unavailable.test(why) && /FROM|load metadata|source metadata|pull access/i.test(build.output)) {
    return new Failure({
      code: 'base-image-unavailable', what: 'A base image of the Dockerfile is not to be had.', why,
      cure: 'Check its name and tag in the FROM line; if it is private, log in to its registry by a step before this one.', at, evidence,
    })
  }
  if (/target stage .* could not be found|failed to reach build target/i.test(why)) {
    const stages = stagesOf(build.dockerfile).join(', ')
    return new Failure({
      code: 'build-target-unknown', what: 'The Dockerfile has no such stage.', why, evidence,
      cure: stages === '' ? 'Name one in the Dockerfile: FROM … AS name' : `Let \`build-target\` be one of: ${stages}.`,
    })
  }
  if (/dockerfile parse error|unknown instruction|syntax error/i.test(why)) {
    return new Failure({
      code: 'dockerfile-invalid', what: 'The Dockerfile cannot be read.', why, cure: 'Mend the line, and try it: docker build .', at, evidence,
    })
  }
  return new Failure({
    code: 'build-failed', what: 'A step of the Dockerfile failed.', why, at, evidence,
    cure: 'See what it printed above; to try it on your machine: docker build .',
  })
}

/** Null: it was the build that failed, and not the push. */
export function pushFailureOf(output: string): FailedPush | null {
  const [line] = notPushed.exec(output) ?? []
  if (line === undefined) return null
  const why = line.replace(/^(#\d+ )?(ERROR: )?(failed to solve: )?/, '').trim()
  const refused = /\b(401|403)\b|unauthorized|forbidden|denied|authentication required|insufficient_scope/i.test(line)
  return { passing: !refused, why }
}

function copyFailure(
  path: string, { ignore, exists, file }: FailedBuild, at: Position | undefined, evidence: Failure['evidence'],
): Failure {
  const rule = ignore === null ? null : hiddenBy(parseIgnore(ignore.text), path)
  if (rule !== null && ignore !== null && exists(path)) {
    return new Failure({
      code: 'dockerignore-hides',
      what: `The Dockerfile copies \`${path}\`, which line ${rule.line} of ${ignore.file} hides from it: \`${rule.text}\`.`,
      why: 'What .dockerignore names is not part of the context.',
      cure: `Add \`!${path}\` at the end of ${ignore.file}, or take that line away.`,
      at: at ?? { file: ignore.file, line: rule.line }, evidence,
    })
  }
  return new Failure({
    code: 'copy-missing', what: `The Dockerfile copies \`${path}\`, which is not in the context.`,
    why: 'Paths in it are relative to the context, and nothing outside of that can be copied.',
    cure: `Check the path${file === null ? '' : ` in ${file}`} and the input \`context\`; `
      + 'what an earlier step should have made has to be there by now.',
    at, evidence,
  })
}

/** The last thing that BuildKit, or the Engine, calls an error. */
function reasonOf(output: string): string {
  const lines = output.trim().split('\n')
  const line = lines.findLast((one) => /^ERROR: /.test(one)) ?? lines.findLast((one) => /^#\d+ ERROR/.test(one)) ?? lines.at(-1) ?? ''
  return line.replace(/^(#\d+ )?ERROR:? /, '').replace(/^failed to solve: /, '').trim()
}

/** Of `COPY` and `ADD`. */
function missingPath(output: string): string | null {
  const [, path] = /failed to (?:compute cache key|calculate checksum)[^\n]*"\/?([^"\n]+)":? not found/.exec(output)
    ?? /(?:COPY|ADD) failed: (?:file not found in build context[^\n]*?: )?(?:stat )?"?([^"\s:]+)"?:? .*(?:not exist|not found)/.exec(output) ?? []
  return path === undefined ? null : path.replace(/^\/+/, '')
}

/** BuildKit says the line from 0.9 on; else it is found by the words of the step that failed. */
function positionOf({ output, file, dockerfile }: FailedBuild): Position | undefined {
  if (file === null) return undefined
  const [, said] = /^\S+:(\d+)\n-{20}$/m.exec(output) ?? /parse error (?:on )?line (\d+)/i.exec(output) ?? []
  if (said !== undefined) return { file, line: Number(said) }
  const [, step] = /^ > \[[^\]]*\d+\/\d+\] (.+):$/m.exec(output) ?? []
  const found = step ?? [...output.matchAll(/^Step \d+\/\d+ : (.+)$/gm)].at(-1)?.[1]
  const line = found === undefined ? null : lineOf(dockerfile, found)
  return line === null ? undefined : { file, line }
}

/** The line at which an instruction begins, compared without blanks, since builders print it on one line. */
export function lineOf(dockerfile: string, instruction: string): number | null {
  const squeezed = (text: string): string => text.replace(/\\\r?\n/g, '').replace(/\s+/g, '')
  const wanted = squeezed(instruction).slice(0, 60)
  const lines = dockerfile.split(/\r?\n/)
  const index = lines.findIndex((line, at) => /^\s*[A-Za-z]+\s/.test(line) && squeezed(lines.slice(at, at + 20).join('\n')).startsWith(wanted))
  return index < 0 ? null : index + 1
}

function stagesOf(dockerfile: string): readonly string[] {
  return [...dockerfile.matchAll(/^\s*FROM\s+.*?\sAS\s+(\S+)/gim)].flatMap(([, name]) => name ?? [])
}
