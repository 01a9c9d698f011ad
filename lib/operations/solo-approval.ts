import { sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'

/**
 * Whether this is an approval by one person that counts no longer, because solo mode was off since. The rule itself is
 * the database's (sql/install_operation_rules.sql).
 */
export const isSoloApprovalVoid = sql<boolean>`(${operations.approvalMode} = 'solo' and not holdfast_solo_holds(${operations.approvedAt}))`

export const soloVoidNote = 'Solo mode was switched off since: the approval by one person counts no longer.'
