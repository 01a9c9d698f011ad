import { installation } from '#drizzle/schema/installation.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** Whether one person alone may act in this installation, since when, and who at the host said so. */
export interface SoloMode {
  on: boolean
  since: Date | null
  by: string | null
  reason: string | null
}

/** The mode at this moment. Off where nobody ever set it. */
export async function getSoloMode(db: DbOrTx): Promise<SoloMode> {
  const [row] = await db.select().from(installation)
  return {
    on: row?.soloMode ?? false,
    since: row?.soloSince ?? null,
    by: row?.soloBy ?? null,
    reason: row?.soloReason ?? null,
  }
}
