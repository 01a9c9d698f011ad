/** A table of the health log, partitioned by time, and how long it is kept. */
export interface LogTier {
  table: 'health_log' | 'health_minutes' | 'health_hours' | 'health_days' | 'health_turns' | 'row_counts'
  /** A partition goes when its newest possible row is this old. What one holds, install_partitions.sql says. */
  keepDays: number
}

/**
 * The numbers of retention, all of them. With 80 checks a minute, one target writes 115,000 rows a day into the log and
 * into the minutes, 1,920 into the hours and 80 into the days.
 */
export const logTiers: readonly LogTier[] = [
  { table: 'health_log', keepDays: 30 },
  { table: 'health_minutes', keepDays: 3 },
  { table: 'health_hours', keepDays: 120 },
  { table: 'health_days', keepDays: 1_100 },
  { table: 'health_turns', keepDays: 1_100 },
  { table: 'row_counts', keepDays: 40 },
]
