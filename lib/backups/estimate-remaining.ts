export interface PastPhase {
  name: string
  durationMs: number
}

export interface WorkNow {
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  phases: readonly { name: string; startedAt: Date }[]
}

/** Below this share of a phase, its own pace says less than earlier runs do. */
const tellingShare = 0.1

/** What a phase takes by the earlier runs: their median; only phases that most of them had. In the order of the newest run. */
export function typicalPhases(runs: readonly (readonly PastPhase[])[]): PastPhase[] {
  const named = new Map<string, number[]>()
  for (const { name, durationMs } of runs.flat()) named.set(name, [...(named.get(name) ?? []), durationMs])
  return (runs[0] ?? [])
    .filter(({ name }) => named.get(name)!.length * 2 > runs.length)
    .map(({ name }) => {
      const sorted = named.get(name)!.toSorted((a, b) => a - b)
      return { name, durationMs: sorted[sorted.length >> 1]! }
    })
}

/**
 * How long running work will still take: the rest of its phase at its own pace, or by earlier runs where it has none yet,
 * and the phases that came after it in earlier runs. Null where no earlier run tells.
 */
export function estimateRemaining(work: WorkNow, typical: readonly PastPhase[], now: Date): number | null {
  const at = typical.findIndex(({ name }) => name === work.phase)
  if (at < 0) return null
  const begun = work.phases.at(-1)
  const elapsedMs = begun ? Math.max(0, now.getTime() - begun.startedAt.getTime()) : 0
  const share = work.progressTotal ? (work.progressDone ?? 0) / work.progressTotal : 0
  const restMs =
    share >= tellingShare
      ? (elapsedMs * Math.max(0, 1 - share)) / share
      : Math.max(0, typical[at]!.durationMs - elapsedMs)
  return restMs + typical.slice(at + 1).reduce((sum, { durationMs }) => sum + durationMs, 0)
}
