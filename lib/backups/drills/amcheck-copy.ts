import type postgres from 'postgres'
import type { DrillDifference, UncheckedPart } from '#lib/backups/types.ts'
import { messageOf } from '#lib/errors.ts'
import { countOf } from '#lib/format/format-count.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

const structuresSql = loadSql(new URL('./sql/structures.sql', import.meta.url))

const sessions = 2
const ownSchema = 'holdfast_amcheck'

interface Structure {
  oid: string
  name: string
  kind: 'index' | 'table'
  method: string
}

export interface CheckedStructures {
  broken: DrillDifference[]
  unchecked: UncheckedPart[]
}

/** The schema of amcheck's functions: where the archive has it, else one that no application sees. Null: it cannot be had. */
async function findAmcheck(sql: postgres.Sql): Promise<string | null> {
  const [row] = await sql<{ schema: string | null; available: boolean }[]>`
    select (select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
            where e.extname = 'amcheck') as schema,
      exists (select from pg_catalog.pg_available_extensions where name = 'amcheck') as available`
  if (row!.schema) return row!.schema
  if (!row!.available) return null
  // The copy’s own event triggers are not to fire for what we make in it; its facts have been read.
  await sql.unsafe(`update pg_catalog.pg_event_trigger set evtenabled = 'D';
    create schema ${ownSchema}; create extension amcheck schema ${ownSchema}`)
  return ownSchema
}

/** Corruption is a finding; anything else only says that this one could not be looked at. */
const isCorruption = (error: unknown): boolean => /^XX00[12]$/.test((error as { code?: string }).code ?? '')

async function checkStructure(
  sql: postgres.Sql,
  schema: string,
  { oid, kind }: Structure,
): Promise<string | null> {
  const call = (name: string) => `${quoteIdentifier(schema)}.${name}`
  if (kind === 'index') {
    await sql.unsafe(`select ${call('bt_index_check')}(index => ${oid}::regclass, heapallindexed => true)`)
    return null
  }
  const [row] = await sql.unsafe<{ msg: string }[]>(
    `select msg from ${call('verify_heapam')}(relation => ${oid}::regclass) limit 1`,
  )
  return row?.msg ?? null
}

/**
 * Looks at every table and every B-tree index of a restored copy with PostgreSQL's own checker, also that each row is in its
 * index as the index’s expression gives it now. Makes the extension in the copy. What it could not look at is told.
 */
export async function amcheckCopy(scope: JobScope, url: string): Promise<CheckedStructures> {
  const sql = connectToUrl(url, 'restore', { purpose: 'drill amcheck', maxConnections: sessions })
  try {
    const schema = await findAmcheck(sql)
    const structures = await sql.unsafe<Structure[]>(structuresSql, [ownSchema])
    const [looked, others] = [
      structures.filter(({ kind, method }) => kind === 'table' || method === 'btree'),
      structures.filter(({ kind, method }) => kind === 'index' && method !== 'btree'),
    ]
    if (!schema)
      return {
        broken: [],
        unchecked: [
          {
            what: `${countOf(looked.length, 'table or index', 'tables and indexes')} with amcheck`,
            why: 'The drill server does not have the extension.',
            hint: 'Install PostgreSQL’s contrib package on the drill server.',
          },
        ],
      }
    const result: CheckedStructures = { broken: [], unchecked: [] }
    let done = 0
    const next = async (): Promise<void> => {
      for (let one = looked[done++]; one; one = looked[done++]) {
        scope.signal.throwIfAborted()
        const failed = (message: string) =>
          result.broken.push({
            subject: one.name,
            kind: 'corrupt',
            expected: `an intact ${one.kind}`,
            found: message,
          })
        try {
          const message = await checkStructure(sql, schema, one)
          if (message) failed(message)
        } catch (error) {
          if (isCorruption(error)) failed(messageOf(error))
          else result.unchecked.push({ what: `${one.kind} ${one.name}`, why: messageOf(error), hint: null })
        }
        scope.progress(done, looked.length)
      }
    }
    await Promise.all(Array.from({ length: sessions }, next))
    if (others.length > 0)
      result.unchecked.push({
        what: `${countOf(others.length, 'index', 'indexes')} other than B-trees`,
        why: 'amcheck knows B-trees only; these were made anew from their tables.',
        hint: null,
      })
    return result
  } finally {
    await sql.end({ timeout: 5 })
  }
}
