import type postgres from 'postgres'
import { loadSql } from '#lib/sql/load-sql.ts'

const proveSql = loadSql(new URL('./sql/prove_evidence.sql', import.meta.url))
const dropLinkSql = loadSql(new URL('./sql/drop_evidence_link.sql', import.meta.url))

/**
 * Tries whether evidence really outlives an aborted transaction here (pg_hba, passwords and poolers decide that).
 * A link that does not work is taken out again, so that no refusal waits for it and the coverage says so.
 */
export async function proveEvidence(sql: postgres.Sql): Promise<boolean> {
  const [link] = await sql<
    [{ present: boolean }]
  >`select to_regclass('holdfast.evidence_link') is not null as present`
  if (!link.present) return false
  const aborted = new Error('aborted on purpose')
  await sql
    .begin(async (transaction) => {
      await transaction.unsafe(proveSql)
      throw aborted
    })
    .catch((error: unknown) => {
      if (error !== aborted) throw error
    })
  const arrived = await sql`delete from holdfast.refused_attempts a where a.exceeded = 'test' returning 1`
  if (arrived.length > 0) return true
  await sql.unsafe(dropLinkSql)
  return false
}
