import { sql } from 'drizzle-orm'
import type { DbOrTx } from '#lib/db/client.ts'
import type { HealthSeverity, HealthStatus } from '#lib/health/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const stateSql = loadSql(new URL('./sql/measure_state.sql', import.meta.url))

/** Instants are texts: the database writes them. */
export interface TargetState {
  id: string
  name: string
  environment: string
  kind: 'application' | 'control'
  reach: 'reachable' | 'unreachable' | 'needs-credentials'
  healthSchedule: string | null
  archiveAt: string | null
  snapshotAt: string | null
  provenAt: string | null
  recoveryMs: number | null
  /** The newest of all checks. */
  checkedAt: string | null
  checks: { area: string; status: HealthStatus; severity: HealthSeverity; count: number }[]
}

/** What machines ask of our state, all of one moment. */
export interface State {
  at: string
  targets: TargetState[]
  /** Those that are not resolved. */
  alerts: { targetId: string | null; severity: HealthSeverity; status: string; count: number }[]
  incidents: { severity: HealthSeverity; count: number }[]
  queue: { kind: string; status: 'queued' | 'running'; count: number; oldestAt: string }[]
  /** Of the runs that were asked for within a day. */
  outcomes: { kind: string; status: string; count: number }[]
  /** Filed within a day, or still to be sent. */
  deliveries: { kind: string; status: string; count: number }[]
  /** The newest first. */
  workers: { seenAt: string; running: number }[]
}

/** Reads all of it in one statement, of one moment. */
export async function readState(db: DbOrTx): Promise<State> {
  const [row] = await db.execute<{ state: State | string }>(sql.raw(stateSql))
  const { state } = row!
  return typeof state === 'string' ? (JSON.parse(state) as State) : state
}
