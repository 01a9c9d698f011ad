import type postgres from 'postgres'
import { AppError, unwrap } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { explainStaging } from '#lib/restores/explain-staging.ts'
import type { RestoreSource } from '#lib/restores/input.ts'
import { momentText } from '#lib/restores/moment.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { stageRows } from '#lib/rows/stage-rows.ts'
import { parseTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { assertOtherDatabase } from '#lib/targets/other-database.ts'
import { getTarget } from '#lib/targets/queries.ts'

type TargetSource = Extract<RestoreSource, { kind: 'target' }>

/** The other one's name of a table, and back. */
const translate = (names: Record<string, string>) => {
  const pairs = Object.entries(names).map(([here, there]) => [parseTable(here)!, parseTable(there)!] as const)
  const plain = ({ schema, name }: TableName): TableName => ({ schema, name })
  return {
    there: (here: TableName) => pairs.find((pair) => sameTable(pair[0], here))?.[1] ?? plain(here),
    here: (there: TableName) => pairs.find((pair) => sameTable(pair[1], there))?.[0] ?? plain(there),
  }
}

const ignoredOf = ({ ignoredColumns }: TargetSource, live: TableName): string[] =>
  Object.entries(ignoredColumns).find(([text]) => sameTable(parseTable(text)!, live))?.[1] ?? []

/**
 * Opens another target as the source, for the duration of `work`: read-only, all of its rows in one snapshot. Throws
 * AppError `same-target`, `same-database` or `target-is-control` where there is no other one to read.
 */
export async function withTargetSource<T>(
  scope: JobScope,
  targetId: string,
  source: TargetSource,
  sql: postgres.Sql,
  work: (source: OpenSource) => Promise<T>,
): Promise<T> {
  const { ctx, signal } = scope
  const master = await getTarget(ctx.db, source.targetId)
  if (master.id === targetId)
    throw new AppError('same-target', 'A target cannot be the master of itself.', {
      kind: 'refused',
      hint: 'Choose another target as the master.',
    })
  const refusal = refuseControlTarget(master, 'its rows go nowhere else')
  if (refusal) unwrap(refusal)
  await scope.phase(`read ${master.name}`)
  return withTarget(ctx, master.id, 'backup', { purpose: 'sync-repair-source' }, async (session) => {
    const result = await session.sql.begin('isolation level repeatable read read only', async (from) => {
      const [row] = await from.unsafe<{ at: Date }[]>('select clock_timestamp() as at')
      await assertOtherDatabase(from, sql)
      const { there, here } = translate(source.names)
      const tables = (await listTables(from)).filter((table) => table.kind !== 'partition')
      return work({
        // Not the moment: a plan is bound to the rows, and the same rows may be read again later.
        identity: {
          kind: 'target',
          targetId: master.id,
          names: source.names,
          ignored: source.ignoredColumns,
        },
        label: `${master.name} as it was at ${momentText(row!.at)}`,
        moment: row!.at,
        tables: tables.map(here),
        async bring(to, live, options) {
          const table = tables.find((one) => sameTable(one, there(live)))
          if (!table) return null
          const ignored = ignoredOf(source, live)
          const columns = table.columns.map(({ name }) => name).filter((name) => !ignored.includes(name))
          try {
            return (
              await stageRows(from, to, live, table, {
                signal,
                ...options,
                ...(ignored.length > 0 ? { columns } : {}),
              })
            ).source
          } catch (error) {
            throw explainStaging(error, live)
          }
        },
      })
    })
    return result as T
  })
}
