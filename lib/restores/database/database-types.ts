import { z } from 'zod'
import type { PlanSummary } from '#lib/operations/types.ts'
import type { RowCountDifference } from '#lib/restores/database/compare-with-archive.ts'

export const databaseRestoreInput = z.strictObject({
  /** The archive that the new database is made from. */
  backupId: z.uuid(),
})

export const databaseSwitchInput = z.strictObject({
  /** The finished restore whose database takes the name; of a way back also the switch that it takes back. */
  operationId: z.uuid(),
  /** Gives the name back to the database that had it before. */
  back: z.boolean().default(false),
})

export type DatabaseRestoreRequest = z.output<typeof databaseRestoreInput>
export type DatabaseSwitchRequest = z.output<typeof databaseSwitchInput>

/** A database by its name, and by what stays when that changes. */
export interface DatabaseRef {
  name: string
  oid: string
}

export interface DatabaseRestorePlan {
  summary: PlanSummary
  backupId: string
  /** The name of the database that the run makes. */
  database: string
  live: DatabaseRef
}

export interface DatabaseRestoreResult {
  database: string
  oid: string
  backupId: string
  /** The moment of the archive. */
  moment: string
  tables: number
  writtenRows: number
  /** It equals the facts taken with the archive. Without that it is never offered for a switch. */
  proven: boolean
  differences: { subject: string; kind: string; expected: string; found: string }[]
  /** Settings and rights of the live database that it has too. */
  carried: string[]
  /** What of the live database or the archive it has not. */
  notCarried: string[]
  drop: string
}

/** Two databases that change names: one leaves the target's name, the other takes it. */
export interface DatabaseSwitchPlan {
  summary: PlanSummary
  backupId: string
  restoreOperationId: string
  back: boolean
  leaving: DatabaseRef
  coming: DatabaseRef
  /** The name under which what leaves is kept. */
  keptAs: string
}

export interface DatabaseSwitchResult {
  /** The target's name, and the database that bears it now. */
  live: DatabaseRef
  /** The one that bore it before, kept, read-only by default. */
  kept: DatabaseRef
  /** What `live` was called before it took the name. */
  wasCalled: string
  back: boolean
  restoreOperationId: string
  /** How what left differed from the archive, a moment before it left. */
  leftBehind: RowCountDifference[]
  drop: string
  guards?: { installed: boolean; problems: string[]; next: string | null }
  notes: string[]
}
