import { sql } from 'drizzle-orm'
import type { DbOrTx } from '#lib/db/client.ts'

export interface AuditRecord {
  actor: string
  /** `<noun>.<verb>`, the same word as the permission. */
  action: string
  outcome: 'done' | 'refused' | 'failed'
  subject?: string | null
  target?: string | null
  reason?: string | null
  detail?: Record<string, unknown>
}

/**
 * Appends one entry to the audit chain, in the caller's transaction, and returns its sequence number.
 * The chain's head row stays locked until the commit, so append last. Not safe to repeat.
 */
export async function appendAudit(db: DbOrTx, record: AuditRecord): Promise<number> {
  const rows = await db.execute<{ seq: string }>(sql`
    select holdfast_append_audit(
      ${record.actor}, ${record.action}, ${record.outcome}, ${record.subject ?? null},
      ${record.target ?? null}, ${record.reason ?? null}, ${JSON.stringify(record.detail ?? {})}::jsonb
    ) as seq`)
  return Number(rows[0]!.seq)
}
