import { and, desc, eq, gte, ilike, like, lt, lte, notLike, or, type SQL } from 'drizzle-orm'
import { auditEntries, auditHead } from '#drizzle/schema/audit.ts'
import type { AuditEntry, AuditFilter, AuditVerification } from '#lib/audit/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

function conditions(filter: AuditFilter): SQL[] {
  const { actor, action, outcome, target, subject, people, from, until } = filter
  return [
    actor && ilike(auditEntries.actor, `%${escapeLike(actor)}%`),
    action && or(eq(auditEntries.action, action), like(auditEntries.action, `${escapeLike(action)}.%`)),
    people && notLike(auditEntries.actor, 'worker:%'),
    outcome && eq(auditEntries.outcome, outcome),
    target && eq(auditEntries.target, target),
    subject && eq(auditEntries.subject, subject),
    from && gte(auditEntries.at, from),
    until && lt(auditEntries.at, until),
  ].filter((condition) => condition !== undefined && condition !== '' && condition !== false) as SQL[]
}

export interface AuditPage {
  entries: AuditEntry[]
  /** Where the next page begins (`before`); null on the last one. */
  before: number | null
}

/** Entries, newest first, a page at a time by sequence number, so that page one thousand costs as much as page one. */
export async function listAuditEntries(
  db: DbOrTx,
  filter: AuditFilter & {
    before?: number | undefined
    upTo?: number | undefined
    limit?: number | undefined
  },
): Promise<AuditPage> {
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 5000)
  const rows = await db
    .select({
      seq: auditEntries.seq,
      at: auditEntries.at,
      actor: auditEntries.actor,
      action: auditEntries.action,
      outcome: auditEntries.outcome,
      subject: auditEntries.subject,
      target: auditEntries.target,
      reason: auditEntries.reason,
      detail: auditEntries.detail,
      hash: auditEntries.hash,
    })
    .from(auditEntries)
    .where(
      and(
        ...conditions(filter),
        filter.before === undefined ? undefined : lt(auditEntries.seq, filter.before),
        filter.upTo === undefined ? undefined : lte(auditEntries.seq, filter.upTo),
      ),
    )
    .orderBy(desc(auditEntries.seq))
    .limit(limit + 1)
  const entries = rows.slice(0, limit) as AuditEntry[]
  return { entries, before: rows.length > limit ? entries.at(-1)!.seq : null }
}

export interface ChainState {
  /** The newest entry's number and hash: what a copy kept elsewhere is compared with. */
  seq: number
  hash: string
  /** The last time somebody walked the whole chain. */
  lastVerification: (AuditVerification & { at: Date; actor: string; seq: number }) | null
}

/** How long the chain is, and when it was last proven to hold. */
export async function getChainState(db: DbOrTx): Promise<ChainState> {
  const [head] = await db.select({ seq: auditHead.seq, hash: auditHead.hash }).from(auditHead)
  const [last] = await db
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.action, 'audit.verify'), eq(auditEntries.outcome, 'done')))
    .orderBy(desc(auditEntries.seq))
    .limit(1)
  return {
    seq: head?.seq ?? 0,
    hash: head?.hash ?? '',
    lastVerification: last
      ? { ...(last.detail as AuditVerification), at: last.at, actor: last.actor, seq: last.seq }
      : null,
  }
}
