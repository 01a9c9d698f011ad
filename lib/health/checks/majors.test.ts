import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { Finding, HealthResult } from '#lib/health/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const schema = `
  create extension pg_stat_statements;
  create table public.people (id int generated always as identity primary key, mail text);
  create table public.notes (id bigserial primary key, person int references public.people, body text);
  create view public.mails as select mail from public.people;
  create function public.one() returns int language sql as 'select 1';
`

// What of a new target has no data yet by its nature.
const notYet = ['backups', 'guards', 'membership']

describe.each(postgresqlMajors)('every check on PostgreSQL %i', (major) => {
  let store: TestStore
  let url: string
  let admin: postgres.Sql

  beforeAll(async () => {
    store = await createTestStore()
    const server = await startMajorServer(major)
    admin = postgres(server, { max: 1, onnotice: () => {} })
    const database = `checks_${major}_${Math.random().toString(36).slice(2, 8)}`
    await admin.unsafe(`create database ${database}`)
    await admin.end()
    url = Object.assign(new URL(server), { pathname: `/${database}` }).toString()
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    await sql.unsafe(schema)
    await sql.unsafe(`do $$ begin
      if not exists (select from pg_roles where rolname = 'bare') then create role bare login password 'bare'; end if; end $$`)
    await sql.end()
  }, 60_000)

  const run = async (name: string, address: string): Promise<Finding[]> => {
    const { id } = unwrap(await addTarget(store.ctx, { name, url: address }))
    for (const _ of ['first', 'second']) {
      const { jobRunId } = unwrap(await requestHealth(store.ctx, { targetId: id }))
      await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, jobRunId, 'test')
      const job = await getJobRun(store.db, jobRunId)
      expect(job.error).toBeNull()
      if (_ === 'second') return (job.result as HealthResult).findings
    }
    throw new Error('unreachable')
  }

  it('runs and has its data where the role may see everything', async () => {
    const findings = await run(`all-${major}`, url)
    const looked = findings.filter(({ area }) => !notYet.includes(area))
    expect(looked.filter(({ status }) => status === 'no-data')).toEqual([])
    expect(looked.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['server.locks', 'server.slots', 'statements.mean-time', 'schema.changes']),
    )
  })

  it('is no data, with the grant that helps, where the role may not see', async () => {
    const bare = Object.assign(new URL(url), { username: 'bare', password: 'bare' }).toString()
    const findings = await run(`bare-${major}`, bare)
    for (const check of [
      'server.locks',
      'server.idle-transactions',
      'server.standbys',
      'statements.mean-time',
    ])
      expect(findings.find((finding) => finding.check === check)).toMatchObject({
        status: 'no-data',
        remedy: 'grant pg_monitor to bare;',
      })
    expect(findings.find((finding) => finding.check === 'server.sequences')).toMatchObject({
      status: 'no-data',
      remedy: 'grant pg_read_all_data to bare;',
    })
  })
})
