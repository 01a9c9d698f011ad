import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { listBackups } from '#lib/backups/queries.ts'
import type { Backup } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { listJournalTables } from '#lib/guards/journal-tables.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import { givesRole, letsIn, type Membership, texts, userOf } from '#lib/recovery/membership-rows.ts'
import type { RecoverySource } from '#lib/recovery/types.ts'
import type { RestoreSource } from '#lib/restores/input.ts'
import { withSource } from '#lib/restores/open-source.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { mapColumns } from '#lib/rows/map-columns.ts'
import { columnList, columnsIn, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { bind, columnOf, type Fragment, fragment, integer, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** Temporary tables with the rows that let users in once; every row says from which source it is. */
export interface Had {
  members: HadRows
  roles: HadRows | null
  sources: RecoverySource[]
}

export interface HadRows {
  live: Table
  relation: TableName
  /** Columns that every source that gave rows has. */
  columns: string[]
}

export interface CollectScope {
  job: JobScope
  targetId: string
  sql: postgres.Sql
}

const mostSnapshots = 20
const sourceColumn = 'holdfast_source'

const context = ({ sql, job }: CollectScope) => ({ sql, signal: job.signal })

async function makeHad(scope: CollectScope, live: Table): Promise<HadRows> {
  const relation = temporary(`holdfast_had_${randomBytes(5).toString('hex')}`)
  const columns = live.columns.filter((column) => column.generated !== 'stored').map((column) => column.name)
  await runSql(
    context(scope),
    fragment`create temporary table ${name(relation.name)} as select ${columnsIn('m', columns)}, 0 as ${name(sourceColumn)} from ${tableOf(live)} m where false`,
  )
  return { live, relation, columns }
}

/** Adds a source's rows that match; a row of a key that is there already is replaced. */
async function keep(
  scope: CollectScope,
  had: HadRows,
  from: { relation: TableName; columns: readonly { name: string; type: string }[] },
  alias: 'm' | 'r',
  where: Fragment,
  index: number,
): Promise<number> {
  const { columns } = mapColumns(had.live, from.columns)
  const taken = had.columns.filter((column) => columns.includes(column))
  const list = join(
    taken.map((column) => columnOf(alias, column)),
    ', ',
  )
  const relation = alias === 'm' ? fragment`m` : fragment`r`
  if (had.live.key) {
    const same = join(
      had.live.key.map((column) => fragment`h.${name(column)} = ${columnOf(alias, column)}`),
      ' and ',
    )
    await runSql(
      context(scope),
      fragment`delete from ${tableOf(had.relation)} h using ${tableOf(from.relation)} ${relation} where ${same} and ${where}`,
    )
  }
  const { count } = await runSql(
    context(scope),
    fragment`insert into ${tableOf(had.relation)} (${columnList(taken)}, ${name(sourceColumn)}) select ${list}, ${integer(index)} from ${tableOf(from.relation)} ${relation} where ${where}`,
  )
  if (count > 0) had.columns = taken
  return count
}

/** Takes from one source what these users had; returns those of whom something was found. */
async function take(
  scope: CollectScope,
  membership: Membership,
  had: Had,
  source: OpenSource,
  index: number,
  people: readonly LockedOutRow[],
  evidence: { members?: Fragment; roles?: Fragment } = {},
): Promise<Set<string>> {
  const members = await source.bring(scope.sql, membership.members)
  const roles = membership.roles ? await source.bring(scope.sql, membership.roles) : null
  const found = new Set<string>()
  if (members) {
    const wanted = people.filter((person) => person.reason !== 'without-role').map((person) => person.user)
    const where = fragment`${userOf(membership)} = any (${texts(wanted)}) and ${letsIn(membership)} and ${evidence.members ?? fragment`true`}`
    await keep(scope, had.members, members, 'm', where, index)
    const rows = await runSql<{ user: string }>(
      context(scope),
      fragment`select distinct ${userOf(membership)} as user from ${tableOf(had.members.relation)} m where m.${name(sourceColumn)} = ${integer(index)}`,
    )
    for (const { user } of rows) found.add(user)
  }
  if (roles && had.roles) {
    const users = people
      .filter((person) => found.has(person.user) || person.reason === 'without-role')
      .map((person) => person.user)
    const rule = membership.rule.roles!
    const of = fragment`${columnOf('r', rule.user)}::text`
    // A role that live gives stays as it is.
    const noLive = fragment`not exists (select from ${tableOf(membership.roles!)} l where l.${name(rule.user)}::text = ${of}${
      rule.organization
        ? fragment` and l.${name(rule.organization)}::text = ${columnOf('r', rule.organization)}::text`
        : fragment``
    } and ${liveGivesRole(membership)})`
    const where = fragment`${of} = any (${texts(users)}) and ${givesRole(membership)} and ${noLive} and ${evidence.roles ?? fragment`true`}`
    await keep(scope, had.roles, roles, 'r', where, index)
    const rows = await runSql<{ user: string }>(
      context(scope),
      fragment`select distinct ${of} as user from ${tableOf(had.roles.relation)} r where r.${name(sourceColumn)} = ${integer(index)}`,
    )
    for (const { user } of rows) found.add(user)
  }
  return found
}

/** Like givesRole, for the alias `l`. */
const liveGivesRole = ({ rule }: Membership): Fragment =>
  join(
    [
      ...Object.entries(rule.roles!.where).flatMap(([column, value]) =>
        Array.isArray(value) || value === null
          ? []
          : [fragment`l.${name(column)}::text = ${bind(String(value))}`],
      ),
      fragment`coalesce(l.${name(rule.roles!.value)}::text, '') <> ''`,
    ],
    ' and ',
  )

const usable = (backup: Backup, kind: Backup['kind']) =>
  backup.kind === kind && backup.takenAt !== null && ['good', 'suspicious'].includes(backup.status)

/**
 * Looks for what locked-out users had, newest evidence first: of each user the newest snapshot in which a membership let
 * them in, then what the guards journaled after it; an archive only for those of whom nothing else is known.
 */
export async function collectHad(
  scope: CollectScope,
  membership: Membership,
  people: readonly LockedOutRow[],
  options: { archives: boolean; until: Date },
): Promise<Had> {
  const had: Had = {
    members: await makeHad(scope, membership.members),
    roles: membership.roles ? await makeHad(scope, membership.roles) : null,
    sources: [],
  }
  const foundAt = new Map<string, Date>()
  const backups = await listBackups(scope.job.ctx.db, { targetId: scope.targetId })
  const open = async (source: RestoreSource & { backupId: string }, takenAt: Date) => {
    const left = people.filter((person) => !foundAt.has(person.user))
    if (left.length === 0) return
    const index =
      had.sources.push({
        kind: source.kind as 'snapshot' | 'archive',
        backupId: source.backupId,
        at: takenAt.toISOString(),
      }) - 1
    try {
      await withSource(scope.job, scope.targetId, source, scope.sql, async (opened) => {
        for (const user of await take(scope, membership, had, opened, index, left)) foundAt.set(user, takenAt)
      })
    } catch (error) {
      // A damaged or vanished backup must not keep people out: the next older one is asked.
      if (scope.job.signal.aborted || !(error instanceof AppError)) throw error
      had.sources.pop()
      had.sources.push({
        kind: source.kind as 'snapshot' | 'archive',
        backupId: source.backupId,
        at: takenAt.toISOString(),
      })
    }
  }
  for (const snapshot of backups.filter((backup) => usable(backup, 'snapshot')).slice(0, mostSnapshots)) {
    await open({ kind: 'snapshot', backupId: snapshot.id }, snapshot.takenAt!)
  }
  await takeFromJournal(scope, membership, had, people, foundAt, options.until)
  const archive = backups.find((backup) => usable(backup, 'archive'))
  if (options.archives && archive) await open({ kind: 'archive', backupId: archive.id }, archive.takenAt!)
  return had
}

const dayMs = 86_400_000
const journalDays = 35

async function takeFromJournal(
  scope: CollectScope,
  membership: Membership,
  had: Had,
  people: readonly LockedOutRow[],
  foundAt: Map<string, Date>,
  until: Date,
): Promise<void> {
  const journals = await listJournalTables(scope.sql)
  if (journals.length === 0) return
  // Users by the moment after which the journal knows more than the snapshots.
  const groups = new Map<number, LockedOutRow[]>()
  for (const person of people) {
    const since = foundAt.get(person.user)?.getTime() ?? until.getTime() - journalDays * dayMs
    groups.set(since, [...(groups.get(since) ?? []), person])
  }
  const index = had.sources.push({ kind: 'journal', backupId: null, at: until.toISOString() }) - 1
  for (const [since, group] of groups) {
    const source: RestoreSource = {
      kind: 'journal',
      since: new Date(since).toISOString(),
      until: until.toISOString(),
    }
    await withSource(scope.job, scope.targetId, source, scope.sql, async (opened) => {
      for (const user of await take(scope, membership, had, opened, index, group)) foundAt.set(user, until)
    })
  }
}
