import { actingExtensions } from '#lib/backups/archives/archive-list.ts'
import type { ScratchPlace } from '#lib/backups/drills/scratch-database.ts'
import type { ArchiveManifest, DrillDifference, RecordedError } from '#lib/backups/types.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

/** Tables with a column of a type that comes from one of these extensions: another version may write the same value otherwise. */
async function tablesOf(url: string, extensions: readonly string[]): Promise<Set<string>> {
  const sql = connectToUrl(url, 'backup', { purpose: 'drill compare' })
  try {
    const tables = await sql<TableName[]>`
      select distinct n.nspname as schema, c.relname as name
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_type t on t.oid = a.atttypid
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::regclass
        and d.objid in (t.oid, t.typelem, t.typbasetype) and d.deptype = 'e'
      join pg_catalog.pg_extension e on e.oid = d.refobjid
      where e.extname = any (${extensions as string[]}) and a.attnum > 0 and not a.attisdropped`
    return new Set(tables.map(formatTable))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

export interface ComparedCopy {
  differences: DrillDifference[]
  /** Every difference may come from the drill server's own: then nothing is proven, neither good nor bad. */
  excuse: RecordedError | null
}

/** Compares a restored copy's facts with those of its archive. */
export async function compareCopy(
  manifest: ArchiveManifest & { facts: Facts },
  found: Facts,
  { place, uncomputed }: { place: Pick<ScratchPlace, 'url' | 'gaps'>; uncomputed: readonly string[] },
): Promise<ComparedCopy> {
  const isKnownEmpty = ({ kind, subject }: DrillDifference): boolean =>
    kind === 'definition' && uncomputed.some((name) => subject.startsWith(`view-filled ${name}: `))
  const differences = compareFacts(manifest.facts, found, {
    definitions: 'reloaded',
    sequencesUpTo: manifest.sequencesUpTo,
    extensionsLeftOut: actingExtensions,
  }).filter((difference) => !isKnownEmpty(difference))
  const gaps = place.gaps.filter(({ kind }) => kind === 'extension')
  if (differences.length === 0 || gaps.length === 0) return { differences, excuse: null }
  const affected = await tablesOf(
    place.url,
    gaps.map(({ name }) => name),
  )
  const isExcused = ({ kind, subject }: DrillDifference): boolean =>
    kind === 'definition' || kind === 'constraint' || (kind === 'checksum' && affected.has(subject))
  if (!differences.every(isExcused)) return { differences, excuse: null }
  return {
    differences,
    excuse: {
      code: 'drill-extension',
      message: `The copy differs, but may do so because of the drill server: ${gaps[0]!.what}: ${gaps[0]!.why}`,
      hint: gaps[0]!.hint,
    },
  }
}
