import { asc, eq, getTableColumns } from 'drizzle-orm'
import { healthStates } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { HealthSeverity, HealthStatus, Sample } from '#lib/health/types.ts'

/** The newest finding of one check. */
export interface CheckState {
  check: string
  area: string
  title: string
  status: HealthStatus
  severity: HealthSeverity
  since: Date
  checkedAt: Date
  affected: number | null
  measured: number | null
  details: string
  remedy: string | null
  samples: Sample[]
  statement: string | null
  durationMs: number | null
}

/** The newest finding of every check of a target. */
export async function listStates(db: DbOrTx, targetId: string): Promise<CheckState[]> {
  const { targetId: _, ...columns } = getTableColumns(healthStates)
  const rows = await db
    .select(columns)
    .from(healthStates)
    .where(eq(healthStates.targetId, targetId))
    .orderBy(asc(healthStates.check))
  return rows as CheckState[]
}
