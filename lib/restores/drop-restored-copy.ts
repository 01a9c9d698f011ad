import { restoredSchema } from '#lib/restores/restored-copies.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import type { TargetSession } from '#lib/targets/types.ts'

/**
 * Removes the copy that a restore made beside the originals: the undo of that restore. The live tables are not touched.
 * Safe to repeat. Returns whether there was one. Works in the caller's transaction when it gives one.
 */
export async function dropRestoredCopy(
  { sql }: { sql: Pick<TargetSession['sql'], 'unsafe'> },
  operationId: string,
): Promise<boolean> {
  const schema = restoredSchema(operationId)
  if (!/^holdfast_restored_[0-9a-f]{12}$/.test(schema)) throw new Error(`not a copy’s schema: ${schema}`)
  const [row] = await sql.unsafe<{ note: string | null }[]>(
    `select pg_catalog.obj_description(to_regnamespace($1)::oid, 'pg_namespace') as note`,
    [schema],
  )
  // A name like it that Holdfast did not make is left alone.
  const isOurs =
    row!.note?.startsWith('holdfast ') === true && row!.note.includes(` restored ${operationId}:`)
  if (isOurs) await sql.unsafe(`drop schema ${quoteIdentifier(schema)} cascade`)
  return isOurs
}
