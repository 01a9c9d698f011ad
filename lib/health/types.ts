import type { OwnRecords } from '#lib/health/own-records.ts'
import type { Fragment } from '#lib/sql/fragment.ts'
import type { Policy } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

/** The areas of health, in the order that pages show them. */
export const areas = [
  'membership',
  'rows',
  'references',
  'codes',
  'schema',
  'security',
  'indexes',
  'server',
  'statements',
  'backups',
  'guards',
  'synchronisation',
  'custom',
] as const
export type Area = (typeof areas)[number]

export type HealthStatus = 'healthy' | 'unhealthy' | 'no-data'
export type HealthSeverity = 'INFO' | 'WARNING' | 'CRITICAL' | 'EMERGENCY'

/** One row of what a finding is about. */
export interface Sample {
  id: string
  label?: string | null
  note?: string | null
}

/** What a check's judge says of the rows that were collected. */
export interface Judgement {
  status: HealthStatus
  severity: HealthSeverity
  /** How many people or rows the finding is about. Null when it could not be known. */
  affected: number | null
  /** The number charted over time. */
  measured: number | null
  details: string
  remedy: string | null
  samples: Sample[]
}

export interface Finding extends Judgement {
  /** `<area>.<name>[:<subject>]`: stable, the key of history and alerts. */
  check: string
  area: Area
  title: string
  /** The exact SQL behind it, as a person could run it. */
  statement: string | null
  durationMs: number | null
}

/** A check ready to run: collecting (one statement) apart from judging (pure). */
export interface PlannedCheck {
  check: string
  area: Area
  title: string
  /** One read-only statement. */
  collect: Fragment
  /** Null: nothing can be said yet, because what is judged is the interval to an earlier reading. */
  judge(rows: readonly Row[]): Judgement | null
  /** Runs at most so often; in between its last finding stands, with its own age. Not given: on every run. */
  everyMinutes?: number
  /** The counters to keep of these rows, from which the next run takes its interval. */
  remember?(rows: readonly Row[]): Counters
  /** Somebody's own statement, within `collect`: admitted first, then run in a read-only transaction with its own limit. */
  question?: { sql: string; timeoutMs: number }
  /** What helps when the time allowed is not enough. */
  whenSlow?: string
}

/** Counters as they stood at one reading; the difference of two readings is what happened in between. */
export type Counters = Record<string, unknown>

export interface KeptCounters {
  readAt: Date
  counters: Counters
}

/** A check that cannot run, with the reason: something the policy names is not there. */
export interface ImpossibleCheck {
  check: string
  area: Area
  title: string
  impossible: string
  remedy: string
}

/** A check that is judged from our own records: nothing is asked of the target. */
export interface KnownCheck {
  check: string
  area: Area
  title: string
  known: Judgement
}

/** What a member of `checks/` plans. */
export type AnyCheck = PlannedCheck | ImpossibleCheck | KnownCheck

export type Row = Record<string, unknown>

/** What is remembered of a table's row counts. Null where nothing is. */
export interface RowHistory {
  highestOfDay: number | null
  highestOfWeek: number | null
  highestOfMonth: number | null
  /** The same hour of the last fourteen days, and of this weekday in the last twelve weeks. Absent where nothing is known. */
  sameHourOfDay?: HourBand | null
  sameHourOfWeek?: HourBand | null
  /** Rows in the newest backup whose facts were proven, else the newest good one. */
  provenRows: number | null
  provenAt: string | null
}

/** What a table's rows were at one hour of several days. */
export interface HourBand {
  lowest: number
  highest: number
  median: number
  /** How many of these hours are known. */
  hours: number
}

/** Everything that checks are planned from. */
export interface PlanScope {
  policy: Policy
  targetName: string
  tables: readonly Table[]
  /** By `formatTable(table)`. */
  history: ReadonlyMap<string, RowHistory>
  roleName: string
  /** Whether the role sees other sessions. */
  isMonitor: boolean
  /** A restored copy: nobody analysed it, so that nothing is estimated there. */
  isCopy?: boolean
  /** What only a living target has; a restored copy is judged without it. */
  living?: LivingScope
}

/** What is known of a living target beside its content. */
export interface LivingScope {
  now: Date
  serverVersionNumber: number
  /** By check: what its last run remembered. */
  counters: ReadonlyMap<string, KeptCounters>
  records: OwnRecords
  /** Where pg_stat_statements is; null where it is not installed in this database. Not wanted in Holdfast's own. */
  statements: { schema: string; version: string } | 'not-wanted' | null
  /** What the schema's change log says, judged. Null for Holdfast's own database: its migrations are its own, and it makes partitions each day. */
  schemaChanges: Judgement | null
}

/** A member of the open family in `checks/`: plans its checks for one target. */
export type PlanChecks = (scope: PlanScope) => AnyCheck[]

export interface HealthResult {
  status: HealthStatus
  findings: Finding[]
}
