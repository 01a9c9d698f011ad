import { eq, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { healthDays, healthHours, healthLog, healthStates } from '#drizzle/schema/health.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { unwrap } from '#lib/errors.ts'
import { summarizeHealth } from '#lib/health/judgement.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { Finding, HealthResult } from '#lib/health/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

// Users have uuid keys and firms numbers; memberships name both as text, as generic relationship tables do.
const schema = `
  create extension pg_stat_statements;
  create schema app;
  create table app.people (id uuid primary key default gen_random_uuid(), mail text not null, deleted_at timestamptz);
  create table app.firms (id bigint primary key, title text not null, state text not null default 'open');
  create table app.links (
    id bigint generated always as identity primary key, kind text not null, person text not null, firm text,
    is_on boolean default true, begins_at timestamptz, ends_at timestamptz);
  create table app.fields (person text not null, firm bigint, field text not null, value text, primary key (person, field));
  create table app.invoices (id bigint primary key, firm bigint not null, code text);
`
const content = `
  truncate app.people, app.firms, app.links, app.fields, app.invoices;
  insert into app.people (id, mail)
    select ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'p' || i || '@example.com' from generate_series(1, 20) i;
  insert into app.firms select i, 'Firm ' || i from generate_series(1, 4) i;
  insert into app.links (kind, person, firm) select 'member', id::text, ((row_number() over () % 4) + 1)::text from app.people;
  insert into app.links (kind, person, firm) select 'follows', id::text, '1' from app.people;
  insert into app.fields select id::text, null, 'role', 'clerk' from app.people;
  insert into app.invoices select i, (i % 4) + 1, 'INV.A' || i from generate_series(1, 100) i;
`
const policy: PolicyInput = {
  protectedTables: [{ table: 'app.people' }, { table: 'app.links' }],
  memberships: [
    {
      name: 'staff',
      users: { table: 'app.people', key: 'id', label: 'mail', living: { deleted_at: null } },
      organizations: { table: 'app.firms', key: 'id', label: 'title', living: { state: ['open', 'new'] } },
      members: {
        table: 'app.links',
        user: 'person',
        organization: 'firm',
        where: { kind: 'member' },
        active: { is_on: true },
        startsAt: 'begins_at',
        expiresAt: 'ends_at',
      },
      roles: { table: 'app.fields', user: 'person', where: { field: 'role' }, value: 'value' },
    },
  ],
  rowCounts: [{ table: 'app.invoices', minimumRows: 10, dropPercent: 5 }],
  references: [
    { table: 'app.invoices', columns: ['firm'], references: 'app.firms', referencedColumns: ['id'] },
  ],
  codePatterns: [
    { name: 'invoices', table: 'app.invoices', column: 'code', patterns: { plain: 'INV\\.[A-Z][0-9]+' } },
  ],
}

const person = (i: number) => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`

describe('runHealth', () => {
  let store: TestStore
  let target: { sql: postgres.Sql; url: string; database: string; id: string }

  beforeAll(async () => {
    store = await createTestStore()
    const database = await createTestDatabase(schema)
    const added = unwrap(await addTarget(store.ctx, { name: 'firm', url: database.url }))
    unwrap(await applyPolicy(store.ctx, { name: 'firm', document: policy }))
    target = { ...database, id: added.id }
  })
  beforeEach(async () => {
    await target.sql.unsafe(content)
    await forgetCounts()
  })

  const forgetCounts = async () => {
    await store.db.delete(healthHours)
    await store.db.delete(healthDays)
  }

  const run = async (targetId = target.id): Promise<HealthResult & { of(check: string): Finding }> => {
    const { jobRunId } = unwrap(await requestHealth(store.ctx, { targetId }))
    await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, jobRunId, 'test')
    const job = await getJobRun(store.db, jobRunId)
    expect(job.error).toBeNull()
    const result = job.result as HealthResult
    return {
      ...result,
      of: (check) => {
        const found = result.findings.find((finding) => finding.check === check)
        expect(found, check).toBeDefined()
        return found!
      },
    }
  }

  it('finds a target that is well healthy, and keeps that', async () => {
    const { findings } = await run()
    // Nobody has backed it up or guarded it yet, which is said and is no fault of its content.
    const ofContent = findings.filter(({ area }) => area !== 'backups' && area !== 'guards')
    expect(ofContent.filter((finding) => finding.status !== 'healthy')).toEqual([])
    expect(summarizeHealth(ofContent).status).toBe('healthy')
    const states = await store.db.select().from(healthStates).where(eq(healthStates.targetId, target.id))
    expect(states.map((state) => state.check).sort()).toEqual(findings.map((finding) => finding.check).sort())
    expect(await store.db.select().from(healthLog)).not.toEqual([])
  })

  it('is not healthy when all users and memberships are gone', async () => {
    await run()
    await target.sql`truncate app.people, app.links`
    const result = await run()
    expect(result.status).toBe('unhealthy')
    expect(result.of('membership.users:staff')).toMatchObject({ status: 'unhealthy', severity: 'EMERGENCY' })
    expect(result.of('rows.count:app.people')).toMatchObject({
      status: 'unhealthy',
      severity: 'EMERGENCY',
      affected: 20,
    })
  })

  it.each([
    ['missing', `delete from app.links where kind = 'member' and person = '${person(3)}'`],
    ['inactive', `update app.links set is_on = null where kind = 'member' and person = '${person(3)}'`],
    ['expired', `update app.links set ends_at = now() where kind = 'member' and person = '${person(3)}'`],
    [
      'not-started',
      `update app.links set begins_at = now() + interval '1 day' where kind = 'member' and person = '${person(3)}'`,
    ],
    [
      'dead-organization',
      `update app.links set firm = '99' where kind = 'member' and person = '${person(3)}'`,
    ],
    ['without-role', `update app.fields set value = '' where person = '${person(3)}'`],
  ])('finds and names the one user whose membership is %s', async (reason, damage) => {
    await target.sql.unsafe(damage)
    const result = await run()
    expect(result.of(`membership.${reason}:staff`)).toMatchObject({
      status: 'unhealthy',
      severity: 'CRITICAL',
      affected: 1,
      samples: [{ id: person(3), label: 'p3@example.com' }],
    })
    const others = result.findings.filter(
      ({ check, status }) =>
        check.startsWith('membership.') && check !== 'membership.dangling:staff' && status === 'unhealthy',
    )
    expect(others).toHaveLength(1)
  })

  it('counts a user once, however many bad memberships there are, and not when one is good', async () => {
    await target.sql`insert into app.links (kind, person, firm, is_on) select 'member', ${person(1)}, i::text, false from generate_series(1, 3) i`
    expect((await run()).of('membership.inactive:staff').status).toBe('healthy')
    await target.sql`update app.links set is_on = false where person = ${person(1)}`
    expect((await run()).of('membership.inactive:staff').affected).toBe(1)
  })

  it('does not miss a deleted user, and calls more than half an emergency', async () => {
    await target.sql`update app.people set deleted_at = now() where id = ${person(1)}`
    await target.sql`delete from app.links where person = ${person(1)}`
    expect((await run()).of('membership.missing:staff').status).toBe('healthy')
    await target.sql`delete from app.links where kind = 'member' and person > ${person(9)}`
    expect((await run()).of('membership.missing:staff')).toMatchObject({
      severity: 'EMERGENCY',
      affected: 11,
      details: '11 of 19 living users have no membership at all.',
    })
  })

  it('names an organisation that nobody belongs to any more', async () => {
    await target.sql`update app.links set firm = '1' where firm = '4'`
    expect((await run()).of('membership.empty-organization:staff')).toMatchObject({
      severity: 'WARNING',
      samples: [{ id: '4', label: 'Firm 4' }],
    })
  })

  it('sees rows fall against the last day, the last month and the floor', async () => {
    await run()
    await target.sql`delete from app.invoices where id <= 4`
    expect((await run()).of('rows.count:app.invoices').status).toBe('healthy')
    await target.sql`delete from app.invoices where id <= 7`
    expect((await run()).of('rows.count:app.invoices')).toMatchObject({ severity: 'WARNING', affected: 7 })
    for (const tier of [healthHours, healthDays]) {
      await store.db.update(tier).set({ at: sql`${tier.at} - interval '20 days'` })
    }
    expect((await run()).of('rows.count:app.invoices').status).toBe('healthy')
    await target.sql`delete from app.invoices where id <= 30`
    expect((await run()).of('rows.count:app.invoices')).toMatchObject({
      severity: 'CRITICAL',
      details: expect.stringContaining('last month'),
    })
    await forgetCounts()
    await target.sql`delete from app.invoices where id <= 95`
    expect((await run()).of('rows.count:app.invoices')).toMatchObject({ severity: 'CRITICAL', affected: 5 })
    await target.sql`delete from app.invoices`
    expect((await run()).of('rows.count:app.invoices')).toMatchObject({ severity: 'EMERGENCY', measured: 0 })
  })

  it('finds orphans that no constraint forbids, and codes that match no pattern whole', async () => {
    await target.sql`update app.invoices set firm = 77, code = ${'INV.A1\n'} where id = 5`
    const result = await run()
    expect(result.of('references.orphans:app.invoices.firm')).toMatchObject({
      affected: 1,
      samples: [{ id: '5', note: '77' }],
    })
    expect(result.of('codes.pattern:invoices')).toMatchObject({
      affected: 1,
      samples: [{ id: '5', label: 'INV.A1\\x0a' }],
    })
  })

  it('is not satisfied by a view with the table’s name', async () => {
    await target.sql.unsafe(
      'alter table app.people rename to people_old; create view app.people as table app.people_old',
    )
    try {
      const result = await run()
      expect(result.of('schema.protected-tables')).toMatchObject({
        status: 'unhealthy',
        severity: 'EMERGENCY',
        samples: [{ id: 'app.people', note: 'a view has its name' }],
      })
      expect(result.of('membership.missing:staff').status).toBe('no-data')
      expect(result.of('rows.count:app.people').status).toBe('no-data')
      expect(result.of('rows.count:app.invoices').status).toBe('healthy')
    } finally {
      await target.sql.unsafe('drop view app.people; alter table app.people_old rename to people')
    }
  })

  it('shows SQL that runs as it stands', async () => {
    const { findings } = await run()
    // Judged from our own records, where there is no SQL to show.
    const known = findings.filter(({ statement }) => statement === null)
    expect(known.map(({ check }) => check).filter((check) => !/^(backups|guards)\./.test(check))).toEqual([
      'schema.changes',
    ])
    for (const { statement } of findings) if (statement) await target.sql.unsafe(statement)
  })

  it('runs each check by itself for a role with few rights, and names the grant that is missing', async () => {
    const role = `watch_${target.database}`
    await target.sql.unsafe(`
      create role ${role} login password 'pw';
      grant usage on schema app to ${role};
      grant select on app.people, app.firms, app.invoices to ${role};
      alter table app.invoices enable row level security;`)
    const url = new URL(target.url)
    url.username = role
    url.password = 'pw'
    try {
      unwrap(await setCredential(store.ctx, { name: 'firm', role: 'watch', url: url.toString() }))
      const result = await run()
      expect(result.of('membership.users:staff').status).toBe('healthy')
      expect(result.of('membership.missing:staff')).toMatchObject({
        status: 'no-data',
        remedy: `grant pg_read_all_data to ${role};`,
      })
      expect(result.of('rows.count:app.invoices')).toMatchObject({
        status: 'no-data',
        remedy: `alter role ${role} bypassrls;`,
      })
      expect(result.of('server.long-transactions')).toMatchObject({
        status: 'no-data',
        remedy: `grant pg_monitor to ${role};`,
      })
      expect(result.status).not.toBe('healthy')
    } finally {
      unwrap(await setCredential(store.ctx, { name: 'firm', role: 'watch', url: target.url }))
      await target.sql.unsafe(
        `alter table app.invoices disable row level security; drop owned by ${role}; drop role ${role}`,
      )
    }
  })

  it('calls a target that does not answer unhealthy, and everything else about it no data', async () => {
    const gone = await createTestDatabase('create table public.things (id int primary key)')
    const added = unwrap(await addTarget(store.ctx, { name: 'gone', url: gone.url }))
    await run(added.id)
    await target.sql.unsafe(`drop database ${gone.database} with (force)`)
    const result = await run(added.id)
    expect(result.status).toBe('unhealthy')
    expect(result.of('server.reachable')).toMatchObject({ status: 'unhealthy', severity: 'EMERGENCY' })
    expect(result.findings.filter(({ status }) => status === 'healthy')).toEqual([])
    expect(result.of('rows.count:public.things').status).toBe('no-data')
    const [row] = await store.db.select().from(targets).where(eq(targets.id, added.id))
    expect(row!.status).toBe('unreachable')
  })

  it('returns the run that is waiting instead of filing another, and refuses a viewer', async () => {
    const first = unwrap(await requestHealth(store.ctx, { targetId: target.id }))
    expect(unwrap(await requestHealth(store.ctx, { targetId: target.id }))).toEqual(first)
    await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, first.jobRunId, 'test')
    const viewer = await createTestPerson(store, 'viewer')
    expect(await requestHealth(viewer, { targetId: target.id })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
  })
})
