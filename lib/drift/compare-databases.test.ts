import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { getComparison } from '#lib/drift/queries.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { unwrap } from '#lib/errors.ts'
import { countsOf, createDriftStage, type DriftStage, foundOf } from '#lib/testing/drift-stage.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { waitFor } from '#lib/testing/program.ts'

const script = (events: number) => `
  create table public.events (id int primary key, at timestamptz, weight numeric(12,4), share float8, tags text[], data jsonb);
  insert into public.events select n, '2026-01-01'::timestamptz + n * interval '1 minute', n / 7.0, n / 3.0::float8,
    array['a', n::text], jsonb_build_object('n', n) from generate_series(1, ${events}) n;
  create table public.leads (id int primary key, phone text);
  insert into public.leads select n, 'p' || n from generate_series(1, 20) n`

describe('a big table', () => {
  let stage: DriftStage
  beforeAll(async () => {
    stage = await createDriftStage(script(30_000))
  })

  it('is compared by buckets first, and the few rows of it that differ are found all the same', async () => {
    expect(await stage.compare()).toMatchObject({ inSync: true })
    await stage.site.sql.unsafe(`
      delete from public.events where id % 10000 = 77;
      insert into public.events select n, now() from generate_series(40001, 40002) n;
      update public.events set share = share + 1e-12 where id in (15, 29999)`)
    const comparison = await stage.compare()
    expect(countsOf(comparison, 'public.events')).toEqual({
      masterRows: 30_000,
      targetRows: 29_999,
      missing: 3,
      extra: 2,
      changed: 2,
      inSync: false,
    })
    expect(countsOf(comparison, 'public.leads')).toMatchObject({ inSync: true })
  })

  it('leaves nothing behind in either database', async () => {
    for (const { sql } of [stage.master, stage.site]) {
      const left = await sql`
        select c.relname from pg_class c where c.relname like 'holdfast%'
        union all select n.nspname from pg_namespace n where n.nspname like 'holdfast%'`
      expect([...left]).toEqual([])
    }
  })

  it('does not call a write under way a difference: rows that agree at the second look have settled', async () => {
    stage.settleMs = 4_000
    await stage.site.sql`delete from public.leads where id in (3, 4)`
    await stage.master.sql`update public.leads set phone = 'new' where id = 9`
    const request = { target: 'site', master: 'agent', tables: ['public.leads'] }
    const { comparisonIds, jobRunId } = unwrap(await requestDriftComparison(stage.store.ctx, request))
    const working = stage.work(jobRunId)
    await waitFor('the first look', async () => {
      const [row] = await stage.store.db
        .select({ found: driftComparisons.found })
        .from(driftComparisons)
        .where(eq(driftComparisons.id, comparisonIds[0]!))
      return row?.found
    })
    // What the first look saw missing arrives; what is written only now is not its business.
    await stage.site.sql`insert into public.leads values (3, 'p3')`
    await stage.site.sql`update public.leads set phone = 'new' where id = 9`
    await stage.site.sql`delete from public.leads where id = 15`
    await working
    stage.settleMs = 30
    const comparison = await getComparison(stage.store.db, comparisonIds[0]!)
    expect(foundOf(comparison, 'public.leads')).toMatchObject({ missing: 1, changed: 0, settled: 2 })
    expect(comparison.found!.lookedAgainAt).not.toBeNull()
  })
})

describe('a connection that is lost between the two looks', () => {
  const loseTo = async (stage: DriftStage, side: 'master' | 'site') => {
    const request = { target: 'site', master: 'agent', tables: ['public.leads'] }
    const { comparisonIds, jobRunId } = unwrap(await requestDriftComparison(stage.store.ctx, request))
    const working = stage.work(jobRunId)
    await waitFor('the first look', async () => {
      const [row] = await stage.store.db
        .select({ phase: jobRuns.phase })
        .from(jobRuns)
        .where(eq(jobRuns.id, jobRunId))
      return row?.phase === 'wait for writes under way'
    })
    await stage[side].sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'holdfast:drift' and datname = current_database()`
    await working
    return getComparison(stage.store.db, comparisonIds[0]!)
  }

  it('fails the comparison where what was seen is lost with it, and is opened again where nothing is', async () => {
    const stage = await createDriftStage(script(10))
    await stage.site.sql`delete from public.leads where id = 3`
    stage.settleMs = 2_000
    expect(await loseTo(stage, 'site')).toMatchObject({
      status: 'failed',
      inSync: null,
      error: { code: 'comparison-failed', message: expect.stringContaining('was lost') },
    })
    const comparison = await loseTo(stage, 'master')
    expect(comparison).toMatchObject({ status: 'compared', inSync: false })
    expect(countsOf(comparison, 'public.leads')).toMatchObject({ missing: 1, extra: 0, changed: 0 })
  })
})

describe('two majors of PostgreSQL', { timeout: 120_000 }, () => {
  it('are compared value by value, and one is repaired from the other', async () => {
    const [oldest, newest] = [postgresqlMajors[0]!, postgresqlMajors.at(-1)!]
    const siteServer = await startMajorServer(newest === 15 ? oldest : newest)
    const stage = await createDriftStage(script(200), script(200), { siteServer })
    expect(await stage.compare()).toMatchObject({ error: null, inSync: true })
    await stage.site.sql`delete from public.leads where id > 15`
    await stage.site.sql`update public.events set tags = null where id = 30`
    const done = await stage.run(await stage.repair())
    expect(done).toMatchObject({ status: 'succeeded', error: null, summary: { promisedRows: 6 } })
    expect(await stage.compare()).toMatchObject({ inSync: true })
  })
})
