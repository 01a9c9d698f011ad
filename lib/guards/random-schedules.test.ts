import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGuardedTarget, type GuardedTarget } from '#lib/testing/guarded-target.ts'

const users = 12
const organizations = 3
const budget = { statementRows: 4, transactionRows: 6, windowRows: 20, windowMinutes: 60 }
const permitRows = 8

const script = `
  create table public.users (id int primary key);
  create table public.organizations (id int primary key);
  create table public.members (id int primary key, user_id int not null references public.users on delete cascade,
    org_id int not null references public.organizations, is_active boolean not null default true, note text);
`

const step = fc.oneof(
  fc.record({ do: fc.constant('delete' as const), from: fc.nat(35), rows: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    do: fc.constant('deactivate' as const),
    from: fc.nat(35),
    rows: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ do: fc.constant('note' as const), from: fc.nat(35), rows: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant('delete user' as const), from: fc.nat(11), rows: fc.constant(1) }),
)
const transaction = fc.record({
  isolation: fc.constantFrom('read committed', 'repeatable read', 'serializable'),
  permit: fc.boolean().map((flag) => flag),
  ends: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
  steps: fc.array(fc.record({ step, savepoint: fc.constantFrom('none', 'none', 'release', 'rollback') }), {
    minLength: 1,
    maxLength: 4,
  }),
})
type Transaction = typeof transaction extends fc.Arbitrary<infer T> ? T : never

const clients = fc.array(fc.array(transaction, { minLength: 2, maxLength: 5 }), {
  minLength: 3,
  maxLength: 5,
})

/** Refusals and what concurrent transactions end with anywhere. */
const expected = new Set(['HF001', 'HF004', 'HF005', '40001', '40P01', '25P02'])

describe.each(['short', 'long'])('random schedules of concurrent sessions, by the %s way', (way) => {
  let target: GuardedTarget
  let sql: postgres.Sql
  const sessions: postgres.Sql[] = []
  beforeAll(async () => {
    target = await createGuardedTarget(script, {
      budget,
      protectedTables: [
        {
          table: 'public.members',
          journal: 'overwritten',
          updates: { columns: ['is_active'], budget },
        },
        { table: 'public.users', journal: 'overwritten' },
      ],
      memberships: [
        {
          name: 'members',
          users: { table: 'public.users', key: 'id' },
          organizations: { table: 'public.organizations', key: 'id' },
          members: {
            table: 'public.members',
            user: 'user_id',
            organization: 'org_id',
            active: { is_active: true },
          },
        },
      ],
    })
    sql = target.sql
    await target.install()
    if (way === 'short') await target.letSettle()
    for (let n = 0; n < 5; n++) sessions.push(postgres(target.url, { max: 1, onnotice: () => {} }))
  })
  afterAll(() => Promise.all(sessions.map((session) => session.end())))

  /** The same start for every schedule: what earlier ones deleted lies outside every window. */
  const begin = () =>
    sql.begin(async (tx) => {
      await tx`select holdfast.open_permit('test')`
      await tx.unsafe(`
        truncate public.users, public.organizations, public.members;
        update holdfast.journal_statements set changed_at = changed_at - interval '2 hours';
        delete from holdfast.permits where kind = 'deletion';
        insert into public.users select generate_series(1, ${users});
        insert into public.organizations select generate_series(1, ${organizations});
        insert into public.members select u * ${organizations} + o - ${organizations}, u, o, true, 'first'
          from generate_series(1, ${users}) u, generate_series(1, ${organizations}) o`)
    })

  async function makePermit(): Promise<string> {
    const secret = randomBytes(32).toString('hex')
    await sql`
      insert into holdfast.permits (kind, operation_id, counts_as, act, role_name, max_rows, secret_hash, opens_at, expires_at)
      values ('deletion', 'test', 'public.members'::regclass, 'delete', 'holdfast', ${permitRows},
        ${createHash('sha256').update(secret).digest()}, now(), now() + interval '1 hour')`
    return secret
  }

  const statementOf = ({ do: what, from, rows }: Transaction['steps'][number]['step']): string =>
    ({
      delete: `delete from public.members where id > ${from} and id <= ${from + rows}`,
      deactivate: `update public.members set is_active = false where id > ${from} and id <= ${from + rows}`,
      note: `update public.members set note = note || '.' where id > ${from} and id <= ${from + rows}`,
      'delete user': `delete from public.users where id = ${from + 1}`,
    })[what]

  async function runTransaction(session: postgres.Sql, wanted: Transaction): Promise<string | null> {
    const secret = wanted.permit ? await makePermit() : null
    try {
      await session.begin(`isolation level ${wanted.isolation}`, async (tx) => {
        if (secret) await tx`select holdfast.use_permit(${secret})`
        for (const { step, savepoint } of wanted.steps) {
          if (savepoint === 'none') await tx.unsafe(statementOf(step))
          else
            await tx
              .savepoint(async (inner) => {
                await inner.unsafe(statementOf(step))
                if (savepoint === 'rollback') throw new Error('rolled back')
              })
              .catch((error: { code?: string }) => {
                if (error.code && !expected.has(error.code)) throw error
              })
        }
        if (wanted.ends === 'rollback') throw new Error('rolled back')
      })
      return null
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'rolled back'
      if (code !== 'rolled back' && !expected.has(code)) throw error
      return code
    }
  }

  it('leave no orphan, keep every budget, and lose no row that is neither live nor journaled', async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(clients, async (schedule) => {
        await begin()
        const [{ since }] = await sql<[{ since: string }]>`select clock_timestamp()::text as since`
        const ends = await Promise.all(
          schedule.map(async (transactions, index) => {
            const codes: (string | null)[] = []
            for (const one of transactions) codes.push(await runTransaction(sessions[index]!, one))
            return codes
          }),
        )
        for (const code of ends.flat()) seen.set(code ?? 'done', (seen.get(code ?? 'done') ?? 0) + 1)

        expect(
          await sql`select u.id from public.users u where not exists (
            select from public.members m where m.user_id = u.id and m.is_active)`,
        ).toEqual([])

        // The oldest image of a key, or the live row where there is none, is what was there before.
        const [{ journal }] = await sql<
          [{ journal: string }]
        >`select journal::text from holdfast.guarded_tables where relation = 'public.members'::regclass`
        const before = await sql.unsafe(
          `select distinct on (id) id, user_id, org_id, is_active from (
             select holdfast_changed_at as at, id, user_id, org_id, is_active from ${journal} where holdfast_changed_at >= $1
             union all select 'infinity', id, user_id, org_id, is_active from public.members
           ) s order by id, at`,
          [since],
        )
        expect(before).toHaveLength(users * organizations)
        expect(
          before.every((row) => row.is_active && row.id === (row.user_id - 1) * organizations + row.org_id),
        ).toBe(true)

        const journaled = await sql`
          select act, transaction_id, permit_id, max(rows) as largest, sum(rows) as rows from holdfast.journal_statements
          where table_name = 'public.members' and changed_at >= ${since} group by act, transaction_id, permit_id`
        const unpermitted = journaled.filter((row) => row.permit_id === null)
        for (const row of unpermitted) {
          expect(Number(row.largest)).toBeLessThanOrEqual(budget.statementRows)
          expect(Number(row.rows)).toBeLessThanOrEqual(budget.transactionRows)
        }
        for (const act of ['delete', 'update']) {
          const total = unpermitted
            .filter((row) => row.act === act)
            .reduce((sum, row) => sum + Number(row.rows), 0)
          expect(total).toBeLessThanOrEqual(budget.windowRows)
        }
        for (const row of journaled.filter((one) => one.permit_id !== null))
          expect(Number(row.rows)).toBeLessThanOrEqual(permitRows)
      }),
      { numRuns: 15 },
    )
    // A schedule in which nothing is refused, or nothing passes, proves nothing.
    expect(seen.get('done')).toBeGreaterThan(10)
    expect(seen.get('HF001')).toBeGreaterThan(5)
    expect(seen.get('HF004')).toBeGreaterThan(0)
  }, 120_000)
})
