import type postgres from 'postgres'

const words: Record<string, string> = {
  snapshot: 'a snapshot',
  undo: 'the rows that an operation keeps for its undo',
  restored: 'the tables of a restore beside the originals',
}

/**
 * The schemas of Holdfast in a target that hold copies of rows, each as a sentence's part: they are no guards, so the
 * removal of the guards leaves them, and says so. Only reads.
 */
export async function listCopiesLeft(sql: postgres.Sql | postgres.TransactionSql): Promise<string[]> {
  const rows = await sql.unsafe<{ schema: string; kind: string }[]>(
    `select nspname as schema, substring(nspname from '^holdfast_([a-z]+)_') as kind from pg_catalog.pg_namespace
      where nspname ~ '^holdfast_(snapshot|undo|restored)_[0-9a-f]{12}$' order by 1`,
  )
  return rows.map(({ schema, kind }) => `${schema} (${words[kind]})`)
}
