import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { planOrphanRules } from '#lib/guards/plan-orphan-rules.ts'
import { readPrints } from '#lib/guards/read-prints.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createGuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const budget = { statementRows: 100_000, transactionRows: 100_000, windowRows: 1_000_000 }

describe('the orphaning rule', () => {
  const plain = `
    create table public.person (id bigint primary key);
    create table public.team_member (person_id bigint references public.person on delete cascade, team int, primary key (person_id, team)) partition by range (person_id);
    create table public.team_member_a partition of public.team_member for values from (0) to (100);
    create table public.team_member_b partition of public.team_member default;
    insert into public.person select generate_series(1, 200);
    insert into public.team_member select i, i from generate_series(1, 200) i where i <> 50;
  `
  const policyWith = (mode: 'refuse' | 'warn', owners: string[] = []): PolicyInput => ({
    budget,
    protectedTables: [{ table: 'public.team_member', mode }],
    memberships: [
      {
        name: 'teams',
        owners,
        users: { table: 'public.person', key: 'id' },
        members: { table: 'public.team_member', user: 'person_id', organization: 'team' },
      },
    ],
  })

  const withEnd = (policy: PolicyInput): PolicyInput => ({
    ...policy,
    memberships: policy.memberships!.map((rule) => ({
      ...rule,
      users: { ...rule.users, living: { ends: null } },
    })),
  })

  it('holds for partitions, through their parent and by themselves, without a table of organisations', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    await target.install()
    for (const statement of [
      'delete from public.team_member where person_id in (7, 150)',
      'delete from public.team_member_a where person_id = 7',
      'update public.team_member_b set person_id = 199 where person_id = 150',
      'update public.team_member set person_id = 50 where person_id = 150',
    ]) {
      expect((await refusalOf(target.sql.unsafe(statement))).code, statement).toBe('HF004')
    }
    // Moved to another partition, in one statement.
    await target.sql`insert into public.person values (1000)`
    await target.sql.begin(async (transaction) => {
      await transaction`update public.team_member set person_id = 1000 where person_id = 8`
      await transaction`delete from public.person where id = 8`
    })
    // With their user, by the foreign key.
    await target.sql`delete from public.person where id between 100 and 120`
    expect(await target.sql`select from public.team_member`).toHaveLength(178)
  })

  it('installs where orphans exist already, and lets them be', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    expect(await target.install()).toMatchObject({ installed: true })
    await target.sql`insert into public.team_member values (50, 1)`
    await target.sql`delete from public.person where id = 50`
  })

  it('only warns where the policy says so', async () => {
    const target = await createGuardedTarget(plain, policyWith('warn'))
    await target.install()
    await target.sql`delete from public.team_member where person_id = 7`
    expect(await target.sql`select from public.team_member where person_id = 7`).toHaveLength(0)
  })

  it('is a gap in the coverage where the table is not protected, and off where the policy says so', async () => {
    const unprotected = await createGuardedTarget(plain, {
      ...policyWith('refuse'),
      protectedTables: [{ table: 'public.person' }],
    })
    const report = await unprotected.install()
    expect(report).toMatchObject({ installed: true })
    expect(report.gaps.map((gap) => gap.what)).toContain('Orphans by changes of public.team_member')
    const off = policyWith('refuse')
    off.memberships![0]!.orphaning = 'off'
    const target = await createGuardedTarget(plain, off)
    expect(await target.install()).toMatchObject({ installed: true })
    await target.sql`delete from public.team_member where person_id = 7`
    expect(await target.sql`select to_regclass('holdfast.orphan_suspects') as found`).toEqual([
      { found: null },
    ])
  })

  it('says which column the policy misnames, and keeps the budgets', async () => {
    const target = await createGuardedTarget(
      `${plain} alter table public.person add ends date`,
      withEnd(policyWith('refuse')),
    )
    // After the policy was taken.
    await target.sql`alter table public.person drop column ends`
    const report = await target.install()
    expect(report.tables[0]).toMatchObject({
      state: 'unsupported',
      problems: ['Its orphaning rule teams cannot be kept: public.person has no column ends.'],
    })
    await target.sql`delete from public.team_member where person_id = 7`
    expect(await target.sql`select rows from holdfast.journal_statements`).toEqual([{ rows: '1' }])
  })

  it('has a print of each of its objects, so that what is gone is never taken for what came later', async () => {
    const policy = { ...policyWith('refuse', ['owner']), agents: [{ role: 'some_agent' }] }
    const target = await createGuardedTarget(plain, policy)
    await target.install()
    const { document } = await getPolicy(target.store.db, target.targetId)
    await withTarget(target.store.ctx, target.targetId, 'guard', { purpose: 'test' }, async ({ sql }) => {
      const { objects, shared } = await planGuards(sql, document)
      const prints = await readPrints(sql)
      expect([...objects, ...shared.eventTriggers].filter(({ object }) => !(object in prints))).toEqual([])
    })
  })

  it('is found switched off, replaced or gone, and repaired; removal leaves nothing of it', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    await target.install()
    expect(await target.install()).toMatchObject({ installed: true, ran: 0 })
    const [trigger] = await target.sql`
      select tgname as name from pg_trigger where tgname like 'guard\\_orphans\\_%\\_delete' and tgrelid = 'public.team_member'::regclass`
    const [finder] =
      await target.sql`select proname as name from pg_proc where proname like 'find\\_orphans\\_%'`
    for (const [tamper, problem] of [
      [
        `alter table public.team_member disable trigger ${trigger!.name}`,
        'The DELETE trigger of its orphaning rule is disabled.',
      ],
      [
        `drop trigger ${trigger!.name} on public.team_member_a`,
        'The DELETE trigger of its orphaning rule is missing.',
      ],
      [
        `create or replace function holdfast.${trigger!.name}() returns trigger language plpgsql security definer set search_path = '' set row_security = off as 'begin return null; end'`,
        'A function of its orphaning rule was replaced.',
      ],
      [`drop function holdfast.${finder!.name}`, 'A function of its orphaning rule is missing.'],
      [
        'alter table holdfast.orphan_suspects disable trigger all',
        'The trigger that settles its orphaning rule is switched off or was replaced.',
      ],
      ['drop table holdfast.membership_locks', 'The tables of its orphaning rule are missing.'],
      [
        `create or replace function holdfast.touch_membership_locks(rule text, kind text, keys text[]) returns void language sql security definer set search_path = '' as ''`,
        'A function of its orphaning rule was replaced.',
      ],
    ] as const) {
      await target.sql.begin(async (transaction) => {
        await transaction`select holdfast.open_permit('tamper')`
        await transaction.unsafe(tamper)
      })
      const found = await target.verify()
      expect(found.tables[0]!.problems, tamper).toContain(problem)
      expect(await target.install(), tamper).toMatchObject({ installed: true })
      expect((await refusalOf(target.sql`delete from public.team_member where person_id = 7`)).code).toBe(
        'HF004',
      )
    }
    await target.remove()
    expect(await target.sql`select to_regnamespace('holdfast') as left`).toEqual([{ left: null }])
    await target.sql`delete from public.team_member`
  }, 90_000)

  it('forgets lock rows that nobody touched for days, never those of a transaction that runs', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    await target.install()
    await target.sql`insert into public.team_member select person_id, 1000 from public.team_member`
    await target.sql`delete from public.team_member where team = 1000 and person_id <= 10`
    const later = new Date()
    const lockOf = 'hashtextextended(i::text, hashtextextended($$teams/user$$, 0))'
    const keys = async () =>
      (
        await target.sql.unsafe(
          `select i from generate_series(1, 10) i join holdfast.membership_locks l on l.key = ${lockOf} order by i`,
        )
      ).map((row) => row.i)
    await keepJournals(target.store.ctx, target.targetId, later)
    expect(await keys()).toHaveLength(10)
    await target.sql.unsafe(
      `update holdfast.membership_locks set touched_at = touched_at - interval '2 days' where key in (select ${lockOf} from generate_series(1, 5) i)`,
    )
    await keepJournals(target.store.ctx, target.targetId, later)
    // Marked only: somebody may still look at the memberships as they were before.
    expect(await keys()).toHaveLength(10)
    await target.sql`update holdfast.membership_locks set idle_since = idle_since - interval '2 days'`
    await target.sql.begin(async (transaction) => {
      await transaction`insert into public.team_member values (1, 1001)`
      await transaction`delete from public.team_member where person_id = 1 and team = 1001`
      await keepJournals(target.store.ctx, target.targetId, later)
      expect(await keys()).toEqual([1, 6, 7, 8, 9, 10])
    })
    expect(await target.sql`select from holdfast.membership_locks where idle_since is null`).toHaveLength(6)
  })

  it('says what its role may not read, or would see through row-level security', async () => {
    const { sql } = await createTestDatabase(plain)
    const role = `orphans_${randomBytes(4).toString('hex')}`
    const connection = await sql.reserve()
    try {
      await connection.unsafe(`create role ${role}; grant select on public.person to ${role};
        alter table public.person enable row level security; set role ${role}`)
      const { objects } = await planOrphanRules(connection, policySchema.parse(policyWith('refuse')))
      expect(objects.map((object) => object.problem)).toEqual([
        `its orphaning rule teams cannot be kept: ${role} may not read public.team_member; ` +
          `row-level security hides rows of public.person from ${role}`,
      ])
    } finally {
      await connection.unsafe(`reset role; drop owned by ${role}; drop role ${role}`)
      connection.release()
    }
  })
})
