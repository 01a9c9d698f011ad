import { AppError, messageOf } from '#lib/errors.ts'
import type { Evidence, EvidenceBook, SearchScope } from '#lib/recovery/evidence.ts'
import { type Had, type HadRows, makeHad, makePeople, type Searching } from '#lib/recovery/had-tables.ts'
import { keepRows, wantedRows } from '#lib/recovery/keep-rows.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import {
  type Giver,
  givingMembers,
  givingRoles,
  letsInAt,
  type Membership,
} from '#lib/recovery/membership-rows.ts'
import { readJournaled } from '#lib/recovery/read-journaled.ts'
import { settleHad } from '#lib/recovery/settle-had.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { bind, type Fragment, fragment, integer, name, tableOf } from '#lib/sql/fragment.ts'

/** Marks of whom something was found, so that older sources are asked about the others only. */
async function markFound(
  scope: Searching,
  had: HadRows,
  column: 'members_found' | 'roles_found',
): Promise<void> {
  await runSql(
    scope,
    fragment`update ${tableOf(scope.people)} p set ${name(column)} = true where not ${name(column)} and exists (select from ${tableOf(had.relation)} h where h.holdfast_user = p.user_key)`,
  )
}

/** Whether anybody is left of whom this kind of source may tell something. */
async function anyLeft(scope: Searching, had: Had): Promise<boolean> {
  const roleless = had.roles
    ? fragment`reason = 'without-role' and not roles_found`
    : fragment`reason = 'without-role' and not members_found`
  const [row] = await runSql<{ any: boolean }>(
    scope,
    fragment`select exists (select from ${tableOf(scope.people)} where (reason <> 'without-role' and not members_found) or (${roleless})) as any`,
  )
  return row!.any
}

const aliasOf = ({ alias }: Giver): Fragment => (alias === 'm' ? fragment`m` : fragment`r`)

async function anyFound(scope: Searching): Promise<boolean> {
  const [row] = await runSql<{ any: boolean }>(
    scope,
    fragment`select exists (select from ${tableOf(scope.people)} where members_found or roles_found) as any`,
  )
  return row!.any
}

/** Reads what one backup knows of those of whom nothing newer is known. Returns whether it could know anything. */
async function readEvidence(
  scope: Searching,
  had: Had,
  evidence: Evidence,
  index: number,
  notSeenAt: readonly Date[],
): Promise<boolean> {
  const at = fragment`${bind(evidence.source.at)}::timestamptz`
  const later = notSeenAt.filter((one) => one > new Date(evidence.source.at)).map((one) => one.getTime())
  const gone = later.length
    ? fragment`${bind(new Date(Math.min(...later)).toISOString())}::timestamptz`
    : fragment`null`
  const facts = fragment`${integer(index)}, ${at}, ${gone}, null, null`
  return evidence.open(async (opened) => {
    let found = 0
    let isThere = false
    for (const rows of [had.members, had.roles]) {
      if (!rows) continue
      const { giver } = rows
      const from = await opened.bring(giver.live)
      const there = (column: string) => from!.columns.some((one) => one.name === column)
      if (!from || !there(giver.user) || (giver.organization && !there(giver.organization))) continue
      isThere ||= giver.kind === 'members'
      const left = giver.kind === 'members' ? fragment`not p.members_found` : fragment`not p.roles_found`
      found += await keepRows(scope, rows, from, {
        relation: fragment`${tableOf(from.relation)} ${aliasOf(giver)}`,
        where: fragment`${wantedRows(scope, had, rows, left)} and ${letsInAt(giver, at, there)}`,
        facts,
      })
    }
    // What nothing is taken from need not be proven.
    if (found > 0) await opened.prove()
    return isThere
  })
}

/** Damaged, or its tables or columns are not what they were: it says nothing about the target. */
const isItsOwnTrouble = (error: unknown): boolean =>
  error instanceof AppError ||
  /^(3F000|42P01|42703|42704|42804|42846|42883)$/.test(String((error as { code?: unknown } | null)?.code))

const forget = async (scope: SearchScope, had: Had, index: number): Promise<void> => {
  for (const rows of [had.members, had.roles])
    if (rows)
      await runSql(
        scope,
        fragment`delete from ${tableOf(rows.relation)} where holdfast_source = ${integer(index)}`,
      )
}

/**
 * Looks for what locked-out users had: of each the newest snapshot in which they were let in, then what the guards journaled
 * after it, and archives for those of whom nothing else is known. What was taken away with approval, or was gone before the
 * loss, is kept apart. Writes temporary tables only.
 */
export async function collectHad(
  search: SearchScope,
  membership: Membership,
  people: readonly LockedOutRow[],
  book: EvidenceBook,
): Promise<Had> {
  const roles = givingRoles(membership)
  const scope: Searching = { ...search, people: await makePeople(search, people) }
  const had: Had = {
    members: await makeHad(scope, givingMembers(membership)),
    roles: roles ? await makeHad(scope, roles) : null,
    sources: [],
    problems: [],
  }
  const notSeenAt: Date[] = []
  const ask = async (evidence: Evidence) => {
    if (!(await anyLeft(scope, had))) return
    const index = had.sources.push(evidence.source) - 1
    try {
      if (await readEvidence(scope, had, evidence, index, notSeenAt))
        notSeenAt.push(new Date(evidence.source.at))
      await markFound(scope, had.members, 'members_found')
      if (had.roles) await markFound(scope, had.roles, 'roles_found')
    } catch (error) {
      // A damaged or vanished backup must not keep people out: the next older one is asked.
      if (scope.signal.aborted || !isItsOwnTrouble(error)) throw error
      await forget(scope, had, index)
      had.problems.push(`Not asked: ${evidence.label}. ${messageOf(error)}`)
    }
  }
  for (const evidence of book.quick) await ask(evidence)
  await readJournaled(scope, had, book)
  for (const rows of [had.members, had.roles])
    if (rows) await markFound(scope, rows, rows === had.members ? 'members_found' : 'roles_found')
  if (book.slowFor === 'each' || !(await anyFound(scope)))
    for (const evidence of book.slow) await ask(evidence)
  else if (book.slow.length > 0 && (await anyLeft(scope, had)))
    had.problems.push('The archives were not asked: of others enough is known without them.')
  await settleHad(scope, membership, had, book)
  return had
}
