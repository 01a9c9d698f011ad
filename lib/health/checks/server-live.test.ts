import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { Finding, HealthResult } from '#lib/health/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const schema = `
  create table public.firms (id int primary key, title text);
  create table public.links (id bigint primary key, firm int, code text);
  insert into public.firms select i, 'f' || i from generate_series(1, 100) i;
  insert into public.links select i, i % 100 + 1, 'c' || i from generate_series(1, 20000) i;
  alter table public.links add foreign key (firm) references public.firms;
  create unique index links_code_key on public.links (code);
  create index links_code_again on public.links (code);
  create index links_code_more on public.links (code) include (firm);
  create index links_code_desc on public.links (code desc);
  create index links_code_some on public.links (code) where id > 5;
  create sequence public.narrow as bigint;
  create table public.counted (id int primary key default nextval('public.narrow'));
  select setval('public.narrow', 2000000000);
  analyze;
`

describe('checks of a server that is not well', () => {
  let store: TestStore
  let sql: postgres.Sql
  let targetId: string
  let slot = 0

  beforeAll(async () => {
    store = await createTestStore()
    const database = await createTestDatabase(schema)
    sql = database.sql
    targetId = unwrap(await addTarget(store.ctx, { name: 'shop', url: database.url })).id
  })

  const run = async (isScheduled = false): Promise<{ findings: Finding[]; of(check: string): Finding }> => {
    const scheduledFor = isScheduled ? { scheduledFor: new Date(1_000 * ++slot) } : {}
    const { jobRunId } = unwrap(await requestHealth(store.ctx, { targetId, ...scheduledFor }))
    await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, jobRunId, 'test')
    const job = await getJobRun(store.db, jobRunId)
    expect(job.error).toBeNull()
    const { findings } = job.result as HealthResult
    return { findings, of: (check) => findings.find((finding) => finding.check === check)! }
  }

  it('finds the index that says the same as another one, and none that says something else', async () => {
    const finding = (await run()).of('indexes.needless')
    expect(finding.samples.map(({ id }) => id)).toEqual(['public.links_code_again'])
    await sql.unsafe(finding.remedy!)
    expect((await run()).of('indexes.needless').status).toBe('healthy')
  })

  it('finds the foreign key without an index, and its advice helps', async () => {
    const finding = (await run()).of('indexes.references')
    expect(finding).toMatchObject({ status: 'unhealthy', affected: 1 })
    await sql.unsafe(finding.remedy!)
    expect((await run()).of('indexes.references').status).toBe('healthy')
  })

  it('finds the sequence that is wider than the column that it fills', async () => {
    expect((await run()).of('server.sequences')).toMatchObject({
      severity: 'CRITICAL',
      details: expect.stringContaining('public.counted.id (integer)'),
    })
  })

  it('says how to have statements counted where nobody does', async () => {
    expect((await run()).of('statements.mean-time')).toMatchObject({
      status: 'no-data',
      remedy: expect.stringContaining('create extension pg_stat_statements;'),
    })
  })

  it('counts deadlocks and rollbacks from one run to the next, and says nothing at the first', async () => {
    await run()
    const judged = (await run()).of('server.rollbacks')
    expect(judged.details).toMatch(/transactions were rolled back in the last/)
  })

  it('leaves what is looked at every hour standing in the minutes between, with what it said', async () => {
    const first = await run()
    const between = await run(true)
    const find = (findings: Finding[]) => findings.find(({ check }) => check === 'server.sequences')
    expect(find(between.findings)).toMatchObject({ details: find(first.findings)!.details })
    // Nothing was asked of it again.
    expect(find(between.findings)!.durationMs).toBe(find(first.findings)!.durationMs)
    expect(between.of('server.connections').durationMs).not.toBe(first.of('server.connections').durationMs)
  })
})
