import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { targetCredentials } from '#drizzle/schema/targets.ts'
import { getComparison } from '#lib/drift/queries.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { unwrap } from '#lib/errors.ts'
import { cancelJob } from '#lib/jobs/cancel-job.ts'
import { credentialPlace } from '#lib/targets/queries.ts'
import { countsOf, createDriftStage, type DriftStage, foundOf } from '#lib/testing/drift-stage.ts'

const script = `
  create schema shop;
  create table shop.leads (id int primary key, phone text);
  create table shop.notes (id int primary key, text text);
  insert into shop.leads select n, 'p' || n from generate_series(1, 14) n`

const role = `reader_${randomBytes(4).toString('hex')}`

let stage: DriftStage
const server = () => postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
const asRole = (url: string): string => {
  const changed = new URL(url)
  changed.username = role
  changed.password = 'reader'
  return changed.toString()
}

beforeAll(async () => {
  const admin = server()
  await admin.unsafe(`create role ${role} login password 'reader'`)
  await admin.end()
  stage = await createDriftStage(
    script,
    `${script}; grant usage on schema shop to ${role}; grant select on shop.leads to ${role}`,
    {
      siteUrl: asRole,
    },
  )
})
afterAll(async () => {
  await stage.site.sql.unsafe(`drop owned by ${role}`)
  const admin = server()
  await admin.unsafe(`drop role ${role}`)
  await admin.end()
})

const failed = (code: string, message: string, hint: string) => ({
  status: 'failed',
  inSync: null,
  found: null,
  error: { code, message: expect.stringContaining(message), hint: expect.stringContaining(hint) },
})

describe('a comparison that could not read everything is no agreement', () => {
  it('when a role has no right to a table: the grant that helps is named', async () => {
    expect(await stage.compare()).toMatchObject(
      failed('no-rights', 'shop.notes in site', `grant select on "shop"."notes" to "${role}"`),
    )
    expect(await stage.compare({ tables: ['shop.leads'] })).toMatchObject({
      status: 'compared',
      inSync: true,
    })
  })

  it('when row security hides rows from a role, though it sees none that differ', async () => {
    await stage.site.sql`alter table shop.leads enable row level security`
    expect(await stage.compare({ tables: ['shop.leads'] })).toMatchObject(
      failed('no-rights', 'shop.leads in site', 'bypassrls'),
    )
    await stage.site.sql`alter table shop.leads disable row level security`
  })

  it('when a role may make no temporary tables', async () => {
    const [{ name }] = await stage.site.sql<[{ name: string }]>`select current_database() as name`
    await stage.site.sql.unsafe(`revoke temporary on database ${name} from public`)
    expect(await stage.compare({ tables: ['shop.leads'] })).toMatchObject(
      failed(
        'no-rights',
        'no temporary tables in site',
        `grant temporary on database "${name}" to "${role}"`,
      ),
    )
    await stage.site.sql.unsafe(`grant temporary on database ${name} to public`)
  })

  it('when a table is missing on one side, or is a view there, or nothing is common', async () => {
    await stage.master.sql`create view shop.seen as select * from shop.leads`
    await stage.site.sql`create table shop.seen (id int primary key)`
    const missing = await stage.compare({ tables: ['shop.leads', 'shop.seen'] })
    expect(missing).toMatchObject(failed('table-not-found', 'shop.seen: no such table in agent', 'a view'))
    expect(await stage.compare({ tables: ['shop.leads', 'shop.other'] })).toMatchObject(
      failed('table-not-found', 'shop.other: no such table in site', 'Spell names'),
    )
    await stage.site.sql`drop table shop.seen`
    await stage.site.sql`alter schema shop rename to other`
    expect(await stage.compare()).toMatchObject(
      failed('no-common-tables', 'no table of the same name', '--tables'),
    )
    await stage.site.sql`alter schema other rename to shop`
  })

  it('when both refuse connections, and when the first of them does', async () => {
    const { db, ctx } = stage.store
    const before = await db.select().from(targetCredentials)
    for (const { id } of [stage.master, stage.site]) {
      const nowhere = ctx.keys!.seal('postgresql://nobody@127.0.0.1:9/none', credentialPlace(id, 'owner'))
      await db.update(targetCredentials).set({ sealedUrl: nowhere }).where(eq(targetCredentials.targetId, id))
    }
    const unreachable = (name: string) =>
      failed('target-unreachable', `${name} cannot be read: Nothing answers`, 'Check host and port')
    expect(await stage.compare({ tables: ['shop.leads'] })).toMatchObject(unreachable('agent'))
    const [master] = before.filter(({ targetId }) => targetId === stage.master.id)
    await db
      .update(targetCredentials)
      .set({ sealedUrl: master!.sealedUrl })
      .where(eq(targetCredentials.targetId, stage.master.id))
    expect(await stage.compare({ tables: ['shop.leads'] })).toMatchObject(unreachable('site'))
    for (const { targetId, sealedUrl } of before)
      await db.update(targetCredentials).set({ sealedUrl }).where(eq(targetCredentials.targetId, targetId))
  })

  it('when it was cancelled before it began', async () => {
    const requested = unwrap(
      await requestDriftComparison(stage.store.ctx, { target: 'site', master: 'agent' }),
    )
    unwrap(await cancelJob(stage.store.ctx, { jobRunId: requested.jobRunId }))
    const comparison = await getComparison(stage.store.db, requested.comparisonIds[0]!)
    expect(comparison).toMatchObject({ status: 'failed', inSync: null, error: { code: 'cancelled' } })
  })
})

describe('columns', () => {
  it('that only one side has, or of another type, are told and keep the table out of sync, unless they are left out on purpose', async () => {
    await stage.master
      .sql`alter table shop.leads add column rank int default 1, add column seen_at timestamptz`
    await stage.site.sql`alter table shop.leads add column rank text default 'one', add column synced_at date`
    const told = foundOf(await stage.compare({ tables: ['shop.leads'] }), 'shop.leads')
    expect(told).toMatchObject({
      inSync: false,
      missing: 0,
      changed: 0,
      extra: 0,
      columns: {
        onlyMaster: ['seen_at'],
        onlyTarget: ['synced_at'],
        retyped: [{ column: 'rank', master: 'integer', target: 'text' }],
      },
    })
    const ignoredColumns = { 'shop.leads': ['rank', 'seen_at', 'synced_at'] }
    const left = await stage.compare({ tables: ['shop.leads'], ignoredColumns })
    expect(left).toMatchObject({ inSync: true })
    expect(foundOf(left, 'shop.leads').columns.ignored).toEqual(['rank', 'seen_at', 'synced_at'])
  })

  it('of a wider type are compared by value, and so are those that the database numbers or computes', async () => {
    const table = (type: string) => `
      create table shop.sums (id bigint generated always as identity, net ${type}, gross bigint generated always as (net * 2) stored,
        serial int generated always as identity (start with 5), primary key (id))`
    await stage.master.sql.unsafe(
      `${table('int')}; insert into shop.sums (net) select n from generate_series(1, 9) n`,
    )
    await stage.site.sql.unsafe(
      `${table('bigint')}; grant select on shop.sums to ${role}; insert into shop.sums (net) select n from generate_series(1, 9) n`,
    )
    const same = await stage.compare({ tables: ['shop.sums'] })
    expect(same).toMatchObject({ inSync: true })
    expect(foundOf(same, 'shop.sums').notes).toEqual([
      'The column “net” is integer in the master and bigint here.',
    ])
    await stage.site.sql`update shop.sums set net = 100 where id = 3`
    await stage.site.sql.unsafe('update shop.sums set serial = default where id = 4')
    const other = foundOf(await stage.compare({ tables: ['shop.sums'] }), 'shop.sums')
    expect(other.changed).toBe(2)
    expect(other.changedColumns.map(({ column }) => column).sort()).toEqual(['gross', 'net', 'serial'])
  })

  it('of a key that only one side has leave whole rows to be compared', async () => {
    await stage.site.sql`alter table shop.leads drop constraint leads_pkey`
    await stage.site.sql`insert into shop.leads (id, phone) select id, phone from shop.leads where id = 1`
    const comparison = await stage.compare({
      tables: ['shop.leads'],
      ignoredColumns: { 'shop.leads': ['rank', 'seen_at', 'synced_at'] },
    })
    expect(countsOf(comparison, 'shop.leads')).toMatchObject({ missing: 0, extra: 1, changed: 0 })
    expect(foundOf(comparison, 'shop.leads').hasKey).toBe(false)
  })
})
