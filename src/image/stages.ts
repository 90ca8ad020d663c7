/** A stage of a Dockerfile, as far as it matters who could run it. */
interface Stage {
  /** In lower case; its number where it has no name. */
  readonly name: string
  /** What it begins with, and copies from or mounts. */
  readonly uses: readonly string[]
  /** Of the processor that builds, whatever is built for. */
  readonly native: boolean
  /** Its first `RUN`, 1-based; null: it runs nothing. */
  readonly runs: number | null
}

/**
 * The line of the first step that runs a program of the platform that is built for; null when none does, as where a compiler that runs on
 * this processor makes programs for others. Pure; without a target the last stage is meant.
 */
export function runsOnTarget(dockerfile: string, target: string | null): number | null {
  const stages = stagesOf(dockerfile)
  const byName = new Map(stages.flatMap((stage, index) => [[stage.name, stage], [String(index), stage]] as const))
  const lines: number[] = []
  const seen = new Set<Stage>()
  const visit = (stage: Stage | undefined): void => {
    if (stage === undefined || seen.has(stage)) return
    seen.add(stage)
    if (stage.runs !== null && !isNative(stage, byName)) lines.push(stage.runs)
    for (const name of stage.uses) visit(byName.get(name))
  }
  visit(target === null ? stages.at(-1) : byName.get(target.toLowerCase()))
  return lines.length === 0 ? null : Math.min(...lines)
}

function isNative(stage: Stage, byName: ReadonlyMap<string, Stage>): boolean {
  if (stage.native) return true
  const [from = ''] = stage.uses
  const base = byName.get(from)
  return base !== undefined && base !== stage && isNative(base, byName)
}

function stagesOf(dockerfile: string): readonly Stage[] {
  const stages: Stage[] = []
  for (const { text, line } of instructions(dockerfile)) {
    const [, platform = '', from = '', name = ''] = /^FROM\s+(?:--platform=(\S+)\s+)?(\S+)(?:\s+AS\s+(\S+))?/i.exec(text) ?? []
    if (from !== '') {
      const native = /^"?\$(\{BUILDPLATFORM\}|BUILDPLATFORM)/.test(platform)
      // A stage does not begin with itself, nor with one that comes later.
      const known = stages.some((stage) => stage.name === from.toLowerCase())
      stages.push({ name: name === '' ? String(stages.length) : name.toLowerCase(), uses: known ? [from.toLowerCase()] : [`image ${from}`], native, runs: null })
      continue
    }
    const stage = stages.pop()
    if (stage === undefined) continue
    const used = [...text.matchAll(/(?:--from=|[,=]from=)([^\s,]+)/g)].map(([, other = '']) => other.toLowerCase())
    stages.push({ ...stage, uses: [...stage.uses, ...used], runs: /^RUN\s/i.test(text) ? stage.runs ?? line : stage.runs })
  }
  return stages
}

/** Joined where they go on, without comments and what stands in documents of their own. */
function instructions(dockerfile: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = []
  const lines = dockerfile.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1
    let text = lines[at]?.trim() ?? ''
    if (text === '' || text.startsWith('#')) continue
    while (text.endsWith('\\') && at + 1 < lines.length) {
      at++
      const next = lines[at]?.trim() ?? ''
      if (!next.startsWith('#')) text = `${text.slice(0, -1)} ${next}`
    }
    found.push({ text, line })
    for (const [, quoted, end = ''] of text.matchAll(/<<-?(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g)) {
      if (!/^(RUN|COPY|ADD)\s/i.test(text) || quoted === undefined) continue
      do at++
      while (at < lines.length && lines[at]?.trim() !== end)
    }
  }
  return found
}
