import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { findLatestSearch } from '#lib/recovery/queries.ts'
import { recoveryKind } from '#lib/recovery/recovery-kind.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import { requestRecoverySearch } from '#lib/recovery/request-recovery-search.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create table public.accounts (id uuid primary key default gen_random_uuid(), email text not null unique, closed_at timestamptz);
  create table public.firms (id uuid primary key default gen_random_uuid(), name text not null, state text not null default 'open');
  create table public.links (id uuid primary key default gen_random_uuid(), firm_id uuid not null, from_id text not null, kind text not null,
    is_active boolean not null default true, valid_until timestamptz, data jsonb, updated_at timestamptz not null default now());
  create table public.fields (firm_id uuid not null, entity text not null, field text not null, value text, unique (firm_id, entity, field));
  create view public.people as select * from public.accounts;
  insert into public.firms (name) values ('North'), ('South');
  insert into public.accounts (email) select 'u' || n || '@example.com' from generate_series(1, 20) n;
  insert into public.links (firm_id, from_id, kind, data) select (select id from public.firms where name = case when split_part(email, '@', 1) < 'u15' then 'North' else 'South' end),
    id::text, 'MEMBER', '{"since": 2020}' from public.accounts;
  insert into public.links (firm_id, from_id, kind) select firm_id, from_id, 'LIKES' from public.links;
  insert into public.fields select firm_id, from_id, 'role', case when random() < 0.5 then 'user' else 'owner' end from public.links where kind = 'MEMBER';
  insert into public.fields select firm_id, from_id, 'colour', 'red' from public.links where kind = 'MEMBER'`

const policy = {
  protectedTables: ['public.accounts', 'public.links', 'public.fields'].map((table) => ({
    table,
    budget: { statementRows: 1000, transactionRows: 1000, windowRows: 10_000 },
  })),
  memberships: [
    {
      name: 'firm-members',
      users: { table: 'public.accounts', key: 'id', label: 'email', living: { closed_at: null } },
      organizations: { table: 'public.firms', key: 'id', label: 'name', living: { state: 'open' } },
      members: {
        table: 'public.links',
        user: 'from_id',
        organization: 'firm_id',
        where: { kind: 'MEMBER' },
        active: { is_active: true },
        expiresAt: 'valid_until',
      },
      roles: {
        table: 'public.fields',
        user: 'entity',
        organization: 'firm_id',
        where: { field: 'role' },
        value: 'value',
      },
    },
  ],
}

describe('recovery', () => {
  let stage: RestoreStage
  const sql = () => stage.target.sql

  beforeAll(async () => {
    stage = await createRestoreStage(script, { kinds: [recoveryKind as OperationKind] })
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, { name: stage.target.name, document: { ...document, ...policy } }),
    )
    await stage.take('snapshot')
  })

  const plan = (request: Record<string, unknown>) =>
    stage.planned(
      requestRecovery(stage.store.ctx, {
        targetId: stage.target.id,
        reason: 'people cannot sign in',
        request,
      }),
    )
  const find = async () => {
    const { jobRunId } = unwrap(await requestRecoverySearch(stage.store.ctx, { targetId: stage.target.id }))
    await stage.work(jobRunId)
    const { run, found } = await findLatestSearch(stage.store.db, stage.target.id)
    expect(run?.error).toBeNull()
    return found!.memberships[0]!
  }
  const keyOf = async (email: string) => {
    const [row] = await sql()<{ id: string }[]>`select id::text from public.accounts where email = ${email}`
    return row!.id
  }
  const access = async (email: string) => sql()`
    select f.name as firm, d.value as role from public.links l join public.firms f on f.id = l.firm_id
      left join public.fields d on d.firm_id = l.firm_id and d.entity = l.from_id and d.field = 'role'
    where l.from_id = ${await keyOf(email)} and l.kind = 'MEMBER' and l.is_active and (l.valid_until is null or l.valid_until > now())`

  beforeEach(async () => {
    const { users } = await find()
    expect(users).toEqual([])
  })

  it('refuses a viewer, to search and to plan', async () => {
    const viewer = await stage.person('viewer')
    const search = await requestRecoverySearch(viewer, { targetId: stage.target.id })
    expect(search).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    const recovery = await requestRecovery(viewer, {
      targetId: stage.target.id,
      reason: 'let me in please',
      request: { users: 'all' },
    })
    expect(recovery).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })

  it('gives one user exactly what they had: the lost membership, the lost role, nothing of anybody else', async () => {
    const before = await access('u3@example.com')
    const key = await keyOf('u3@example.com')
    await sql()`delete from public.links where from_id in (${key}, ${await keyOf('u4@example.com')}) and kind = 'MEMBER'`
    await sql()`delete from public.fields where entity = ${key}`
    const { users } = await find()
    expect(users).toHaveLength(2)
    expect(users[0]).toMatchObject({
      label: 'u3@example.com',
      reason: 'missing',
      had: [
        {
          relation: 'public.links',
          organizationLabel: before[0]!.firm,
          role: before[0]!.role,
          source: { kind: 'snapshot' },
        },
      ],
    })
    const operation = await plan({ users: ['u3@example.com'] })
    expect(operation.error).toBeNull()
    expect(operation.summary!.promisedRows).toBe(2)
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', error: null })
    expect(await access('u3@example.com')).toEqual(before)
    expect(await access('u4@example.com')).toEqual([])
    const [colour] = await sql()`select from public.fields where entity = ${key} and field = 'colour'`
    expect(colour).toBeUndefined()
    expect(await plan({ users: [key] })).toMatchObject({
      status: 'failed',
      error: { code: 'user-has-access' },
    })
    await stage.run(await plan({ users: 'all' }))
  })

  it('gives all their access back, missing, switched off or expired, and is idempotent', async () => {
    const facts = await stage.facts()
    await sql()`delete from public.links where kind = 'MEMBER' and from_id in (select id::text from public.accounts where email like 'u1%')`
    await sql()`update public.links set is_active = false where kind = 'MEMBER' and from_id = ${await keyOf('u2@example.com')}`
    await sql()`update public.links set valid_until = '2020-01-01' where kind = 'MEMBER' and from_id = ${await keyOf('u5@example.com')}`
    await sql()`update public.fields set value = '' where field = 'role' and entity = ${await keyOf('u6@example.com')}`
    const reasons = (await find()).users.map((user) => user.reason)
    expect(reasons.filter((reason) => reason === 'missing')).toHaveLength(11)
    expect(reasons).toEqual(expect.arrayContaining(['inactive', 'expired', 'without-role']))
    const operation = await plan({ users: 'all' })
    expect(operation.summary).toMatchObject({ promisedRows: 14 })
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', error: null })
    expect(await stage.differences(facts)).toEqual([])
    expect(await plan({ users: 'all' })).toMatchObject({
      status: 'failed',
      error: { code: 'nobody-locked-out' },
    })
  })

  it('refuses unknown users, unknown organisations and unknown roles', async () => {
    const [made] = await sql()`insert into public.accounts (email) values ('new@example.com') returning id`
    expect(await plan({ users: ['nobody@example.com'] })).toMatchObject({ error: { code: 'user-not-found' } })
    const grant = { users: ['new@example.com'], organization: 'North', role: 'user' }
    expect(await plan({ ...grant, organization: 'West' })).toMatchObject({
      error: { code: 'organization-not-found' },
    })
    expect(await plan({ ...grant, role: 'king' })).toMatchObject({
      error: { code: 'role-unknown', hint: expect.stringContaining('user') },
    })
    expect(await plan({ users: ['new@example.com'] })).toMatchObject({
      error: { code: 'nothing-found', hint: expect.stringContaining('--role') },
    })
    await sql()`delete from public.accounts where id = ${made!.id}`
  })

  it('gives a user of whom nothing is found the chosen organisation and role, in the shape of the others', async () => {
    await sql()`insert into public.accounts (email) values ('fresh@example.com')`
    const operation = await plan({ users: ['fresh@example.com'], organization: 'South', role: 'user' })
    expect(operation.error).toBeNull()
    expect(operation.summary!.promisedRows).toBe(2)
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', error: null })
    expect(await access('fresh@example.com')).toEqual([{ firm: 'South', role: 'user' }])
    await sql()`delete from public.links where from_id = ${await keyOf('fresh@example.com')}`
    await sql()`delete from public.fields where entity = ${await keyOf('fresh@example.com')}`
    await sql()`delete from public.accounts where email = 'fresh@example.com'`
  })

  it('opens archives only when asked to, and finds in one what no snapshot has seen', {
    timeout: 120_000,
  }, async () => {
    await sql()`insert into public.accounts (email) values ('archived@example.com')`
    const key = await keyOf('archived@example.com')
    await sql()`insert into public.links (firm_id, from_id, kind) select id, ${key}, 'MEMBER' from public.firms where name = 'North'`
    await sql()`insert into public.fields select id, ${key}, 'role', 'user' from public.firms where name = 'North'`
    await stage.take('archive')
    await sql()`delete from public.links where from_id = ${key}`
    await sql()`delete from public.fields where entity = ${key}`
    const { users } = await find()
    expect(users).toMatchObject([{ label: 'archived@example.com', had: [], removed: [] }])
    const { jobRunId } = unwrap(
      await requestRecoverySearch(stage.store.ctx, { targetId: stage.target.id, archives: true }),
    )
    await stage.work(jobRunId)
    const { found } = await findLatestSearch(stage.store.db, stage.target.id)
    expect(found!.memberships[0]!.users).toMatchObject([
      { had: [{ organizationLabel: 'North', role: 'user', source: { kind: 'archive' } }] },
    ])
    // Of others enough is known without it, so nobody waits for a restore of it.
    await sql()`update public.links set is_active = false where kind = 'MEMBER' and from_id = ${await keyOf('u7@example.com')}`
    const operation = await plan({ users: 'all' })
    expect(operation.summary!.warnings.join()).toContain('archives were not asked')
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', error: null })
    await sql()`delete from public.accounts where email = 'archived@example.com'`
  })

  it('finds in the journal what no snapshot has seen', async () => {
    await stage.guard(['public.accounts', 'public.links', 'public.fields'])
    const [account] =
      await sql()`insert into public.accounts (email) values ('late@example.com') returning id::text`
    const [firm] = await sql()`select id from public.firms where name = 'North'`
    await sql()`insert into public.links (firm_id, from_id, kind) values (${firm!.id}, ${account!.id}, 'MEMBER')`
    await sql()`insert into public.fields values (${firm!.id}, ${account!.id}, 'role', 'user')`
    await sql()`delete from public.links where from_id = ${account!.id}`
    await sql()`delete from public.fields where entity = ${account!.id}`
    const { users } = await find()
    expect(users).toMatchObject([
      { label: 'late@example.com', had: [{ role: 'user', source: { kind: 'journal' } }] },
    ])
    expect(await stage.run(await plan({ users: [account!.id] }))).toMatchObject({ status: 'succeeded' })
    expect(await access('late@example.com')).toEqual([{ firm: 'North', role: 'user' }])
  })
})
