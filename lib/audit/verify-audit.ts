import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AuditVerification } from '#lib/audit/types.ts'
import { defineVerb } from '#lib/verb.ts'

/** Walks the whole chain and records what it found, in the chain. Safe to repeat. */
export const verifyAudit = defineVerb({
  action: 'audit.verify',
  input: z.strictObject({}),
  async act({ tx }) {
    const rows = await tx.execute<{ entries: string; first_broken: string | null }>(
      sql`select entries, first_broken from holdfast_verify_audit()`,
    )
    const { entries, first_broken } = rows[0]!
    const value: AuditVerification = {
      ok: first_broken === null,
      entries: Number(entries),
      firstBroken: first_broken === null ? null : Number(first_broken),
    }
    return { value, audit: { subject: 'audit', detail: { ...value } }, changed: [] }
  },
})
