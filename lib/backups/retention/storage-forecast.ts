export interface Measured {
  measuredAt: Date
  usedBytes: number
  freeBytes: number | null
}

/** Fewer days of measurements say nothing about growth: retention alone makes a wave of a week. */
export const forecastNeedsDays = 7
const fewestMeasurements = 4
const farthestDays = 5 * 365
const dayMs = 86_400_000

export type StorageForecast =
  | { kind: 'no-data'; days: number; needsDays: number }
  /** The store does not say how much it can take. */
  | { kind: 'no-limit'; bytesPerDay: number }
  /** It does not grow, or would not be full within five years. */
  | { kind: 'not-in-sight'; bytesPerDay: number }
  | { kind: 'full'; bytesPerDay: number; fullAt: Date }

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * When a store will be full if it goes on as it did: the median of the slopes between every two measurements, which one
 * big archive or one big clean-up does not move, laid through what is used and free now. Measurements need no order.
 */
export function forecastStorage(measurements: readonly Measured[], now: Date): StorageForecast {
  const points = measurements.toSorted((a, b) => a.measuredAt.getTime() - b.measuredAt.getTime())
  const first = points[0]
  const last = points.at(-1)
  const days = first && last ? (last.measuredAt.getTime() - first.measuredAt.getTime()) / dayMs : 0
  if (!last || points.length < fewestMeasurements || days < forecastNeedsDays) {
    return { kind: 'no-data', days: Math.floor(days), needsDays: forecastNeedsDays }
  }
  const slopes: number[] = []
  for (const [index, from] of points.entries()) {
    for (const to of points.slice(index + 1)) {
      const apart = (to.measuredAt.getTime() - from.measuredAt.getTime()) / dayMs
      if (apart > 0) slopes.push((to.usedBytes - from.usedBytes) / apart)
    }
  }
  const bytesPerDay = median(slopes)
  if (last.freeBytes === null) return { kind: 'no-limit', bytesPerDay }
  const daysLeft = last.freeBytes === 0 ? 0 : bytesPerDay > 0 ? last.freeBytes / bytesPerDay : Infinity
  if (daysLeft > farthestDays) return { kind: 'not-in-sight', bytesPerDay }
  const fullAt = new Date(Math.max(now.getTime(), last.measuredAt.getTime() + daysLeft * dayMs))
  return { kind: 'full', bytesPerDay, fullAt }
}
