import { cpus, loadavg, totalmem } from 'node:os'

/** One way of doing the same work, beside another one. Returns its own duration, in milliseconds or any fixed unit. */
export type Contender = () => Promise<number>

export interface Comparison {
  name: string
  against: string
  unit: string
  /** Of the contenders, by pair. */
  measured: number[]
  baseline: number[]
  /** The goal that the median ratio must not exceed. */
  goal: number | null
}

export interface Verdict extends Comparison {
  /** The median of the pairwise ratios. */
  ratio: number
  /** The ratio of the best runs, where noise is least. */
  bestRatio: number
  met: boolean | null
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** What pairs of measurements say. Pure. */
export function judgePairs(comparison: Comparison): Verdict {
  const ratios = comparison.measured.map((value, index) => value / comparison.baseline[index]!)
  const ratio = median(ratios)
  return {
    ...comparison,
    ratio,
    bestRatio: Math.min(...comparison.measured) / Math.min(...comparison.baseline),
    met: comparison.goal === null ? null : ratio <= comparison.goal,
  }
}

/**
 * Runs the contenders in turn (A, B, C, A, B, C …), so that whatever else the machine does hits all of them. The first
 * round warms up and is not kept. Returns each contender's measurements by name.
 */
export async function measureInTurn(
  contenders: Readonly<Record<string, Contender>>,
  pairs: number,
  onRound: (round: number) => void = () => {},
): Promise<Record<string, number[]>> {
  const names = Object.keys(contenders)
  const measured: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round <= pairs; round++) {
    onRound(round)
    for (const name of names) {
      const value = await contenders[name]!()
      if (round > 0) measured[name]!.push(value)
    }
  }
  return measured
}

/** A machine that is already at work measures its other work. Null when it is idle enough. */
export function whyBusy(): string | null {
  const load = loadavg()[0]!
  const limit = cpus().length * 0.5
  return load > limit ? `load ${load.toFixed(2)} on ${cpus().length} cores at the start` : null
}

export const describeMachine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()
    .map((value) => value.toFixed(2))
    .join(' ')}, node ${process.version}`

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)

/** The comparisons as a Markdown table. */
export function tableOf(verdicts: readonly Verdict[], isBusy: boolean): string {
  const rows = verdicts.map((verdict) =>
    [
      verdict.name,
      verdict.against,
      `${shown(median(verdict.baseline))} ${verdict.unit}`,
      `${shown(median(verdict.measured))} ${verdict.unit}`,
      `**${verdict.ratio.toFixed(2)} ×**`,
      `${verdict.bestRatio.toFixed(2)} ×`,
      verdict.goal === null ? '' : `≤ ${verdict.goal} ×`,
      verdict.met === null ? '' : isBusy ? 'no verdict: busy' : verdict.met ? 'met' : 'missed',
    ].join(' | '),
  )
  return [
    '| What | Against | Median there | Median here | Median of pairwise ratios | Best/best | Goal | |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
}
