import type postgres from 'postgres'
import { assertSnapshotIntact } from '#lib/backups/snapshots/check-snapshot.ts'
import { closeSchema } from '#lib/backups/snapshots/close-schema.ts'
import { copyTable } from '#lib/backups/snapshots/copy-table.ts'
import { dropSnapshot, dropStraySnapshots } from '#lib/backups/snapshots/drop-snapshot.ts'
import { nameCopies, snapshotSchema } from '#lib/backups/snapshots/snapshot-tables.ts'
import type { TakenBackup } from '#lib/backups/take-backup.ts'
import type { Backup, SnapshotManifest, SnapshotTable } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'
import type { TargetRole } from '#lib/targets/types.ts'

interface Taken {
  facts: Facts
  tables: SnapshotTable[]
  sizeBytes: number
}

/** The login names that have to read the copies besides the one that makes them. Nothing is granted to anyone else. */
async function listReaders(scope: JobScope, targetId: string): Promise<string[]> {
  const roles: TargetRole[] = ['restore', 'backup']
  const users = await Promise.all(
    roles.map(async (role) => {
      const address = parseTargetUrl(await getTargetUrl(scope.ctx, targetId, role))
      return address.ok ? address.value.user : null
    }),
  )
  return [...new Set(users.filter((user) => user !== null))]
}

/** Made and closed in one transaction: until its end nobody else sees it. */
async function makeSchema(sql: postgres.TransactionSql, schema: string, note: string): Promise<void> {
  const name = quoteIdentifier(schema)
  await sql.unsafe(`create schema ${name}`)
  const [quoted] = await sql.unsafe<{ text: string }[]>('select quote_literal($1::text) as text', [note])
  await sql.unsafe(`comment on schema ${name} is ${quoted!.text}`)
}

/** Only the owner and the readers see into it, whatever the database grants by default. */
async function restrictAccess(
  sql: postgres.TransactionSql,
  schema: string,
  tables: readonly SnapshotTable[],
  readers: readonly string[],
): Promise<void> {
  const relations = [...new Set(tables.flatMap(({ copy, stored }) => [quoteTable(copy), quoteTable(stored)]))]
  await closeSchema(sql, schema)
  const [me] = await sql.unsafe<{ name: string }[]>('select current_user as name')
  for (const reader of readers.filter((name) => name !== me!.name)) {
    await sql.unsafe(`grant usage on schema ${quoteIdentifier(schema)} to ${quoteIdentifier(reader)}`)
    await sql.unsafe(`grant select on ${relations.join(', ')} to ${quoteIdentifier(reader)}`)
  }
}

async function copyAll(
  scope: JobScope,
  sql: postgres.TransactionSql,
  schema: string,
  wanted: readonly TableName[],
): Promise<Taken> {
  const tables = pickTables(await listTables(sql), wanted)
  const copies = nameCopies(schema, tables)
  await scope.phase('copy', tables.length)
  const copied: SnapshotTable[] = []
  for (const [i, table] of tables.entries()) {
    scope.signal.throwIfAborted()
    copied.push(await copyTable(sql, table, copies[i]!))
    scope.progress(copied.length)
  }
  await scope.phase('facts', tables.length)
  const facts = await readFacts(sql, {
    tables: wanted,
    signal: scope.signal,
    onProgress: (done) => scope.progress(done),
  })
  await scope.phase('verify', tables.length)
  await assertSnapshotIntact(sql, { tables: copied }, facts, scope)
  const stored = copied.map((table) => quoteTable(table.stored))
  const [size] = await sql.unsafe<{ bytes: string }[]>(
    'select sum(pg_total_relation_size(name::regclass))::text as bytes from unnest($1::text[]) as name',
    [stored as never],
  )
  return { facts, tables: copied, sizeBytes: Number(size!.bytes) }
}

/**
 * Copies the tables into an own schema of the target, all in one repeatable-read transaction with their facts, and
 * proves the copies against those facts before it commits. A failure or a kill leaves nothing there.
 */
export async function takeSnapshot(
  scope: JobScope,
  backup: Backup,
  tables: readonly TableName[],
): Promise<TakenBackup> {
  if (tables.length === 0) {
    throw new AppError('nothing-protected', `The policy of ${backup.targetName} protects no table.`, {
      kind: 'refused',
      hint: `Name some under protectedTables: holdfast policy suggest ${backup.targetName}`,
    })
  }
  await scope.phase('prepare')
  const schema = snapshotSchema(backup.id)
  const readers = await listReaders(scope, backup.targetId)
  const keyId = scope.ctx.keys?.keyId ?? ''
  const session = { purpose: 'snapshot', statementTimeoutMs: 0 }
  return withTarget(scope.ctx, backup.targetId, 'guard', session, async ({ sql, target }) => {
    await dropStraySnapshots(scope.ctx, sql, backup.targetId)
    if (scope.attempt > 1) await dropSnapshot(sql, schema)
    const taken = (await sql.begin('isolation level repeatable read', async (transaction) => {
      // The moment is for the day when nobody has the records any more.
      const moment = new Date().toISOString()
      await makeSchema(transaction, schema, `holdfast ${keyId} snapshot ${moment} ${backup.id}`)
      const all = await copyAll(scope, transaction, schema, tables)
      await restrictAccess(transaction, schema, all.tables, readers)
      await scope.assertHeld()
      return all
    })) as Taken
    const manifest: SnapshotManifest = {
      format: 1,
      backupId: backup.id,
      targetId: backup.targetId,
      schema,
      tables: taken.tables,
    }
    return {
      takenAt: new Date(taken.facts.takenAt),
      sizeBytes: taken.sizeBytes,
      location: schema,
      serverVersion: target.serverVersion,
      facts: taken.facts,
      manifest,
      verification: 'checksum',
    }
  })
}
