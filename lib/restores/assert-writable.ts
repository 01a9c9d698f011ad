import { eq } from 'drizzle-orm'
import type postgres from 'postgres'
import { targets } from '#drizzle/schema/targets.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'
import type { TargetSession } from '#lib/targets/types.ts'

const writableSql = loadSql(new URL('./sql/writable.sql', import.meta.url))
const subscribedSql = loadSql(new URL('./sql/subscribed.sql', import.meta.url))

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

/**
 * Refuses to restore into what is not the database that was registered, or is not to be written: another cluster or
 * database, a standby, one that its owner made read-only. Only reads. Throws AppError `target-other-cluster`,
 * `target-other-database`, `target-standby` or `target-read-only`.
 */
export async function assertWritable(ctx: Ctx, { sql, target, role }: TargetSession): Promise<void> {
  const identity = await identifyTarget(sql)
  const [registered] = await ctx.db
    .select({ systemIdentifier: targets.systemIdentifier, databaseName: targets.databaseName })
    .from(targets)
    .where(eq(targets.id, target.id))
  const known = registered!.systemIdentifier
  if (known !== null && identity.systemIdentifier !== null && known !== identity.systemIdentifier)
    throw refused(
      'target-other-cluster',
      `${target.name} was registered in another cluster (${known}); this one is ${identity.systemIdentifier}.`,
      `If it moved there for good: holdfast targets credential ${target.name} owner --url … --moved`,
    )
  // A pooler may give the database another name: then it is the one in the URL.
  const address = parseTargetUrl(await getTargetUrl(ctx, target.id, role))
  const names = [identity.databaseName, ...(address.ok ? [address.value.database] : [])]
  if (!names.includes(registered!.databaseName))
    throw refused(
      'target-other-database',
      `${target.name} was registered as the database ${registered!.databaseName}; this is ${identity.databaseName}.`,
      `The URL leads elsewhere; set it right: holdfast targets credential ${target.name} ${role} --url …`,
    )
  if (identity.isStandby)
    throw refused(
      'target-standby',
      `${target.name} is a standby: it takes no writes.`,
      'Restore into its primary; the standby follows.',
    )
  const [row] = await sql.unsafe<{ setting: string }[]>(writableSql)
  if (row && /=(on|true|yes|1)$/i.test(row.setting))
    throw refused(
      'target-read-only',
      `${target.name} was made read-only (${row.setting}).`,
      `If it may be written: alter database ${quoteIdentifier(identity.databaseName)} reset default_transaction_read_only`,
    )
}

/** Refuses to write tables that a subscription writes. Only reads. Throws AppError `target-subscriber`. */
export async function assertNotSubscribed(
  sql: postgres.Sql | postgres.TransactionSql,
  tables: readonly TableName[],
): Promise<void> {
  const found = await sql.unsafe<{ name: string; table: string }[]>(subscribedSql, [
    tables.map(quoteTable) as never,
  ])
  if (found.length === 0) return
  throw refused(
    'target-subscriber',
    `Subscriptions write ${found.map(({ name, table }) => `${table} (${name})`).join(', ')}: rows put back here would differ from their publisher.`,
    'Restore into the publisher, or into a copy here.',
  )
}
