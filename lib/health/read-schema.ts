import type postgres from 'postgres'
import { readAround, readDefinitions } from '#lib/facts/read-definitions.ts'
import { pinOutput } from '#lib/facts/read-facts.ts'
import { describeObjects, type SchemaObject } from '#lib/health/schema-objects.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const signatureSql = loadSql(new URL('./sql/schema-signature.sql', import.meta.url))

export interface SchemaSignature {
  /** Another one as soon as anything of the schema was written, also where nothing of it changed. */
  signature: string
  databaseOwner: string
  /** The roles of Holdfast's own agents: what they were granted is no change of anybody's. */
  agents: string[]
}

/** Cheap: one pass over the catalog's own rows, no definition is written out. */
export async function readSignature(
  session: postgres.Sql | postgres.TransactionSql,
): Promise<SchemaSignature> {
  const [row] = await session.unsafe<SchemaSignature[]>(signatureSql)
  return row!
}

/** The whole schema, within a repeatable-read transaction. No statement of it may hold the target up, however large it is. */
export async function readObjects(
  transaction: postgres.TransactionSql,
  known: SchemaSignature,
): Promise<SchemaObject[]> {
  await pinOutput(transaction)
  await transaction.unsafe('set local statement_timeout = 30000')
  return describeObjects(
    { ...(await readDefinitions(transaction, null)), ...(await readAround(transaction)) },
    known,
  )
}
