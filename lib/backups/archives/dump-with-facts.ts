import { setTimeout as pause } from 'node:timers/promises'
import type postgres from 'postgres'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { type DumpOptions, streamDump } from '#lib/backups/archives/dump-stream.ts'
import type { ArchiveManifest, StoredBytes } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { readFacts, readSequences } from '#lib/facts/read-facts.ts'
import type { Facts, SequenceFacts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { listTables } from '#lib/targets/introspect.ts'

const surroundingsSql = loadSql(new URL('./sql/surroundings.sql', import.meta.url))

const lockTimeoutMs = 10_000
const defaultStallTimeoutMs = 180_000
const tablesPerLock = 200
const mostTries = 20

/** `HOLDFAST_STALL_SECONDS`, for slow links. */
const stallTimeoutMs = (): number =>
  Number(process.env.HOLDFAST_STALL_SECONDS) * 1000 || defaultStallTimeoutMs

/** How long a session may take to end by itself after the work was stopped: on a cut network it never does. */
const graceMs = 5_000

type Surroundings = Pick<
  ArchiveManifest,
  | 'databaseName'
  | 'serverVersion'
  | 'serverVersionNumber'
  | 'encoding'
  | 'serverStartedAt'
  | 'systemIdentifier'
  | 'extensions'
  | 'extensionVersions'
  | 'locale'
  | 'roles'
>

export interface Dumped {
  stored: StoredBytes
  facts: Facts
  sequencesUpTo: SequenceFacts[]
  surroundings: Surroundings
}

export interface DumpPlan {
  /** The backup role's URL. */
  url: string
  pgDump: string
  /** Who can open the archive as `age1…`. */
  recipients: readonly string[]
  /** What the tables take in the database: the end of the progress. */
  expectedBytes: number
  write(
    content: AsyncIterable<Buffer>,
    dumped: () => StoredBytes,
    facts: Promise<Facts>,
    signal: AbortSignal,
  ): Promise<unknown>
}

/** A table went between the list of tables and its lock: another list, another transaction. */
class TablesChanged extends Error {}

async function lockTables(session: postgres.TransactionSql, names: readonly string[]): Promise<void> {
  for (let first = 0; first < names.length; first += tablesPerLock) {
    const some = names.slice(first, first + tablesPerLock).join(', ')
    await session.unsafe(`lock table ${some} in access share mode`).catch((error) => {
      // Undefined table or schema: dropped since it was listed.
      throw /^(42P01|3F000)$/.test(String(error.code)) ? new TablesChanged() : error
    })
  }
}

/**
 * Keeps DDL out until the dump has its own locks, and takes the snapshot. LOCK takes none, so what is locked is what is
 * read afterwards. What was made between the list and the snapshot is locked late, as pg_dump itself does with all.
 */
async function lockAndExport(
  session: postgres.TransactionSql,
  tables: readonly TableName[],
): Promise<string> {
  const locked = new Set(tables.map(quoteTable))
  await lockTables(session, [...locked])
  const [exported] = await session.unsafe<{ id: string }[]>('select pg_export_snapshot() as id')
  const late = (await listTables(session)).map(quoteTable).filter((name) => !locked.has(name))
  await lockTables(session, late)
  return exported!.id
}

/** Tries again while somebody makes and drops tables all the time; in the end the failure names the reason. */
async function whileTablesChange<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TablesChanged)) throw error
      signal.throwIfAborted()
      if (tries < mostTries) continue
      throw new AppError('tables-change', `Tables came and went during each of ${mostTries} attempts.`, {
        kind: 'unavailable',
        hint: 'Something makes and drops tables without a pause. Let it use temporary tables, or try again later.',
      })
    }
  }
}

/** Ends with `work`, or some seconds after the abort when `work` does not end: a session on a cut network never answers. */
async function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const give = () =>
      pause(graceMs, undefined, { signal: over.signal }).then(
        () => reject(signal.reason),
        () => {},
      )
    if (signal.aborted) void give()
    else signal.addEventListener('abort', () => void give(), { once: true, signal: over.signal })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    over.abort()
  }
}

/**
 * The dump and its facts, side by side on one exported snapshot. When one of them fails the other is stopped, and the
 * dump's bytes are not kept.
 */
export async function dumpWithFacts(scope: JobScope, sql: postgres.Sql, plan: DumpPlan): Promise<Dumped> {
  const keys = requireKeys(scope.ctx)
  const stop = new AbortController()
  const signal = AbortSignal.any([scope.signal, stop.signal])
  const stopBoth = (error: unknown): never => {
    stop.abort(error)
    throw error
  }
  let written: Promise<unknown> = Promise.resolve()
  const attempt = async () => {
    const tables = await listTables(sql)
    return sql.begin('isolation level repeatable read read only', (session) => dump(session, tables))
  }
  const dump = async (session: postgres.TransactionSql, tables: readonly TableName[]): Promise<Dumped> => {
    const snapshotId = await lockAndExport(session, tables)
    const [surroundings] = await session.unsafe<Surroundings[]>(surroundingsSql)
    // Sequences are outside of the snapshot: the dump reads each at some moment between these two readings.
    const sequences = await readSequences(session)
    await scope.phase('dump', plan.expectedBytes)
    const facts = readFacts(session, { signal }).then((found) => ({ ...found, sequences }), stopBoth)
    const options: DumpOptions = {
      pgDump: plan.pgDump,
      url: plan.url,
      snapshotId,
      keys,
      recipients: plan.recipients,
      signal,
      stallTimeoutMs: stallTimeoutMs(),
      lockTimeoutMs,
      onProgress: (rawBytes) => scope.progress(rawBytes),
      write: (content, dumped, dumpSignal) => plan.write(content, dumped, facts, dumpSignal),
    }
    const stored = streamDump(options).catch(stopBoth)
    written = stored
    const both = await Promise.allSettled([stored, facts])
    const failed = both.find((one) => one.status === 'rejected')
    if (failed) throw stop.signal.reason ?? failed.reason
    const sequencesUpTo = await readSequences(session)
    return { stored: await stored, facts: await facts, sequencesUpTo, surroundings: surroundings! }
  }
  try {
    return await orAborted(signal, whileTablesChange(signal, attempt as () => Promise<Dumped>))
  } catch (error) {
    // A lost session ends its transaction at once, while the dump is still being stopped and its bytes taken away.
    stop.abort(error)
    await orAborted(signal, written).catch(() => {})
    throw error
  }
}
