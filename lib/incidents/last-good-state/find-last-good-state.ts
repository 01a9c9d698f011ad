import type { DbOrTx } from '#lib/db/client.ts'
import { measureLoss } from '#lib/incidents/measure-loss.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { protectedTables } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { bisectFacts, type FactsRead, type TableRows } from './bisect-facts.ts'
import { choosePicture } from './choose-picture.ts'
import { findMoment, type Observation } from './find-moment.ts'
import { type Count, type Deletion, isSteep, judgeCounts } from './judge-counts.ts'
import { type DatedBackup, listDatedBackups, listEndedDrills, readTableRows } from './read-copies.ts'
import { readCheckTurns, readCounts, readDeletions, type Stretch } from './read-looks.ts'
import { type KnownBackup, type LastGoodState, sources, type WrittenSince } from './types.ts'

const dayMs = 86_400_000
/** As far back as moments and copies are looked for. */
const longestMs = 30 * dayMs

/**
 * The newest moment at which the target is known to have been well before a loss, and the proven backup nearest before it,
 * from counts, journal, checks and backups. Only reads our store; of n backups about log2(n) sets of facts.
 */
export async function findLastGoodState(
  db: DbOrTx,
  targetId: string,
  lossAt: Date,
  now: Date,
): Promise<LastGoodState> {
  const stretch: Stretch = { from: new Date(lossAt.getTime() - longestMs), lossAt, until: now }
  const counts = await readCounts(db, targetId, stretch)
  const deletions = await readDeletions(db, targetId, stretch)
  const turns = await readCheckTurns(db, targetId, stretch)
  const copies = await listDatedBackups(db, targetId, stretch)
  const losses = (await measureLoss(db, targetId, lossAt, null)) ?? []
  const lost = new Set(losses.map(({ table }) => table))
  const { document: policy } = await getPolicy(db, targetId)
  // Tables that nobody protects or counts shrink for reasons of their own.
  const watched = new Set([
    ...protectedTables(policy).map(formatTable),
    ...counts.map(({ table }) => table),
    ...lost,
  ])
  const read = await bisectFacts(
    copies,
    async ({ id }) => only(watched, await readTableRows(db, id)),
    (table, from, to) => isDrop(table, from, to, deletions),
  )
  const observations = [
    ...judgeCounts([...counts, ...read.flatMap(toCounts)], deletions, { lossAt, tables: lost }),
    ...turns,
  ]
  const found = findMoment(observations, lossAt)
  const { proven, unproven } = chooseBackups(copies, found.at)
  const picture = choosePicture(copies, found.at ?? lossAt, proven)
  return {
    at: found.at?.toISOString() ?? null,
    lossAt: lossAt.toISOString(),
    computedAt: now.toISOString(),
    limits: found.limits.map(({ lastWellAt, firstIllAt, ...limit }) => ({
      ...limit,
      lastWellAt: lastWellAt?.toISOString() ?? null,
      firstIllAt: firstIllAt.toISOString(),
    })),
    subjects: found.subjects,
    looks: sources.map((source) => lookedAt(source, observations)),
    neverWell: found.neverWell,
    backup: proven && toKnown(proven),
    unproven: unproven && toKnown(unproven),
    writtenSince: proven ? writtenSince(await rowsOf(db, read, proven), counts, found.at ?? lossAt) : null,
    backups: picture.map(toKnown),
    drills: await listEndedDrills(
      db,
      picture.map(({ id }) => id),
    ),
    factsRead: read.length,
  }
}

const toCounts = ({ backup, rows }: FactsRead<DatedBackup>): Count[] =>
  [...rows].map(([table, size]) => ({ table, at: backup.takenAt, rows: size, source: 'backups' }))

function isDrop(
  table: string,
  from: FactsRead<DatedBackup>,
  to: FactsRead<DatedBackup>,
  deletions: readonly Deletion[],
): boolean {
  const before = from.rows.get(table) ?? 0
  const missing = before - (to.rows.get(table) ?? 0)
  if (!isSteep(before, missing)) return false
  const permitted = deletions
    .filter(
      (event) =>
        event.isPermitted &&
        event.table === table &&
        event.at > from.backup.takenAt &&
        event.at <= to.backup.takenAt,
    )
    .reduce((sum, { rows }) => sum + rows, 0)
  return isSteep(before, missing - permitted)
}

const only = (tables: ReadonlySet<string>, rows: TableRows): TableRows =>
  new Map([...rows].filter(([table]) => tables.has(table)))

/** The newest proven copy that holds the good state, and a newer one that nobody has proven. */
function chooseBackups(copies: readonly DatedBackup[], at: Date | null) {
  const before = copies.filter(({ takenAt, isThere }) => isThere && at !== null && takenAt <= at)
  const proven = before.findLast(({ verification }) => verification === 'facts-proven') ?? null
  const newest = before.at(-1) ?? null
  return {
    proven,
    unproven: newest && newest !== proven && newest.verification !== 'facts-proven' ? newest : null,
  }
}

const toKnown = ({ id, kind, takenAt, verification, verifiedAt }: DatedBackup): KnownBackup => ({
  id,
  kind,
  takenAt: takenAt.toISOString(),
  verification,
  verifiedAt: verifiedAt?.toISOString() ?? null,
})

function lookedAt(source: LastGoodState['looks'][number]['source'], observations: readonly Observation[]) {
  const own = observations.filter((look) => look.source === source)
  const last = own.reduce<Date | null>((newest, { at }) => (newest && newest > at ? newest : at), null)
  return { source, observations: own.length, lastAt: last?.toISOString() ?? null }
}

async function rowsOf(
  db: DbOrTx,
  read: readonly FactsRead<DatedBackup>[],
  backup: DatedBackup,
): Promise<TableRows> {
  const known = read.find((each) => each.backup.id === backup.id)
  return known?.rows ?? (await readTableRows(db, backup.id))
}

/** What the counts show to have come between the copy and the good moment. Null: no table was counted in between. */
function writtenSince(copied: TableRows, counts: readonly Count[], until: Date): WrittenSince[] | null {
  const newest = new Map<string, Count>()
  for (const count of counts) {
    const known = newest.get(count.table)
    if (count.at <= until && (!known || count.at > known.at)) newest.set(count.table, count)
  }
  const compared = [...newest.values()].filter(({ table }) => copied.has(table))
  if (compared.length === 0) return null
  return compared
    .map(({ table, rows }) => ({ table, rows: rows - copied.get(table)! }))
    .filter(({ rows }) => rows > 0)
    .toSorted((a, b) => b.rows - a.rows || (a.table < b.table ? -1 : 1))
}
