import postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** Without the file's header: what the guards keep as evidence is what a script would really send. */
const statement = (url: URL): string => loadSql(url).replace(/^(--.*\n)+/, '')

const inactiveSql = statement(new URL('./sql/inactive_users.sql', import.meta.url))
const takeAwaySql = statement(new URL('./sql/take_away_users.sql', import.meta.url))
const lockedOutSql = statement(new URL('./sql/locked_out.sql', import.meta.url))

const careless = `delete from public.core_relationships where relationship_type = 'USER_MEMBER_OF_ORG'`
const connections = 3
const usersPerTransaction = 8

/** A statement that the database refused, in the database's own words. */
export interface RefusedStatement {
  statement: string
  code: string
  message: string
  detail: string | null
  hint: string | null
}

export interface Disaster {
  /** How many statements a guard refused. */
  blocked: number
  refusals: RefusedStatement[]
  transactions: number
  deletedRows: number
  deletedMemberships: number
  deletedRoles: number
  lockedOutUsers: number
  /** Locked out by an UPDATE: putting back missing rows does not help this one. */
  deactivatedUser: string | null
  durationMs: number
}

interface Bite {
  memberships: number
  roles: number
}

/**
 * The demo's fire drill: does to the salon what a careless clean-up script did to the teams this product is made for,
 * over an ordinary connection with an ordinary role. First one big DELETE, which the guard refuses; then many small
 * ones that no budget sees, until about a third of the users are locked out; then one user's membership is switched
 * off. It really deletes rows; each further run deletes more, until the window's budget refuses it.
 */
export async function runDisaster(url: string, say: (line: string) => void): Promise<Disaster> {
  const begunAt = Date.now()
  const sql = postgres(url, {
    max: connections,
    onnotice: () => {},
    connect_timeout: 10,
    connection: { application_name: 'salon-cleanup.js' },
  })
  try {
    const lockedOutBefore = await countLockedOut(sql)
    const refusals: RefusedStatement[] = []
    const note = (refusal: RefusedStatement) => {
      refusals.push(refusal)
      say(asPsql(refusal))
    }

    say(`salon=> ${careless};`)
    note(await tryCareless(sql))

    const users = await sql.unsafe<{ id: string }[]>(inactiveSql)
    say(
      `Then in small bites: the memberships of ${users.length} “inactive” users, ${usersPerTransaction} at a time.`,
    )
    const bites = await takeAway(
      sql,
      users.map((user) => user.id),
      note,
    )
    const deletedMemberships = bites.reduce((sum, bite) => sum + bite.memberships, 0)
    const deletedRoles = bites.reduce((sum, bite) => sum + bite.roles, 0)
    say(`DELETE ${deletedMemberships} memberships and ${deletedRoles} roles in ${bites.length} transactions`)

    const deactivatedUser = await deactivateOne(sql)
    if (deactivatedUser) say(`UPDATE 1 (the membership of ${deactivatedUser} is switched off)`)

    return {
      blocked: refusals.length,
      refusals,
      transactions: bites.length,
      deletedRows: deletedMemberships + deletedRoles,
      deletedMemberships,
      deletedRoles,
      lockedOutUsers: (await countLockedOut(sql)) - lockedOutBefore,
      deactivatedUser,
      durationMs: Date.now() - begunAt,
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

class NotRefused extends Error {}

/** Runs the big DELETE; were it not refused, it is rolled back, because then nothing stands between it and the data. */
async function tryCareless(sql: postgres.Sql): Promise<RefusedStatement> {
  try {
    await sql.begin(async (transaction) => {
      await transaction.unsafe(careless)
      throw new NotRefused()
    })
  } catch (error) {
    if (!(error instanceof NotRefused)) return refusalOf(careless, error)
  }
  throw new AppError(
    'not-guarded',
    'The careless DELETE was not refused: no guard is installed. It was rolled back.',
    { kind: 'refused', hint: 'Install the guards first: holdfast guards install salon' },
  )
}

async function takeAway(
  sql: postgres.Sql,
  userIds: string[],
  note: (refusal: RefusedStatement) => void,
): Promise<Bite[]> {
  const bites: Bite[] = []
  let refused = false
  const takeTurns = async (): Promise<void> => {
    while (!refused && userIds.length > 0) {
      const some = userIds.splice(0, usersPerTransaction)
      try {
        const [bite] = await sql.unsafe<[Bite]>(takeAwaySql, [some])
        bites.push({ memberships: Number(bite.memberships), roles: Number(bite.roles) })
      } catch (error) {
        const refusal = refusalOf('delete from public.core_relationships …', error)
        if (!refused) note(refusal)
        refused = true
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, takeTurns))
  return bites
}

async function deactivateOne(sql: postgres.Sql): Promise<string | null> {
  const [user] = await sql<{ email: string }[]>`
    update public.core_relationships r set is_active = false, updated_at = now(), updated_by = 'salon-cleanup'
    from auth.users u
    where u.id::text = r.from_entity_id and r.relationship_type = 'USER_MEMBER_OF_ORG' and r.id = (
      select min(m.id::text)::uuid from public.core_relationships m
      where m.relationship_type = 'USER_MEMBER_OF_ORG' and m.is_active
      group by m.from_entity_id having count(*) = 1
      order by 1 limit 1
    )
    returning u.email`
  return user?.email ?? null
}

async function countLockedOut(sql: postgres.Sql): Promise<number> {
  const [row] = await sql.unsafe<[{ users: string }]>(lockedOutSql)
  return Number(row.users)
}

function refusalOf(statement: string, error: unknown): RefusedStatement {
  if (!(error instanceof postgres.PostgresError) || !error.code.startsWith('HF')) throw error
  return {
    statement,
    code: error.code,
    message: error.message,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
  }
}

const asPsql = (refusal: RefusedStatement): string =>
  [
    `ERROR:  ${refusal.code}: ${refusal.message}`,
    ...(refusal.detail ? [`DETAIL:  ${refusal.detail}`] : []),
    ...(refusal.hint ? [`HINT:  ${refusal.hint}`] : []),
  ].join('\n')
