import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { healthLog, rowCounts } from '#drizzle/schema/health.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { probeBaselines } from '#drizzle/schema/performance.ts'
import { signIn } from '#lib/auth/sign-in.ts'
import { demoDatabases } from '#lib/demo/demo-databases.ts'
import { demoUrl } from '#lib/demo/demo-urls.ts'
import { ensureDemo } from '#lib/demo/ensure-demo.ts'
import { runDisaster } from '#lib/demo/run-disaster.ts'
import { runStatement } from '#lib/demo/run-statement.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { getPolicy, getTargetByName, listTargets } from '#lib/targets/queries.ts'
import { createTestStore, type TestStore, testUrl } from '#lib/testing/test-db.ts'

const handlers = {
  'guards.install': (scope) => installGuards(scope),
} as Partial<JobHandlers> as JobHandlers

describe('the demo', () => {
  let store: TestStore
  let salon: postgres.Sql
  const home = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
  const dataBefore = process.env.HOLDFAST_DATA
  beforeAll(async () => {
    process.env.HOLDFAST_DATA = home
    store = await createTestStore()
    expect(await ensureDemo(store.ctx, { serverUrl: testUrl })).toMatchObject({ created: true })
    salon = postgres(testUrl('salon'), { max: 1, onnotice: () => {} })
  })
  afterAll(async () => {
    await salon?.end()
    const server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    for (const { name } of demoDatabases) {
      await server.unsafe(`drop database if exists ${name} with (force)`)
      await server.unsafe(`drop role if exists ${name}_app, ${name}_owner`)
    }
    await server.end()
    rmSync(home, { recursive: true, force: true })
    if (dataBefore === undefined) delete process.env.HOLDFAST_DATA
    else process.env.HOLDFAST_DATA = dataBefore
  })

  it('can be signed in to by four people, whose passwords only the owner of the data can read', async () => {
    const file = join(home, 'demo-sign-in.json')
    expect(statSync(file).mode & 0o077).toBe(0)
    expect(statSync(join(home, 'demo-databases.json')).mode & 0o077).toBe(0)
    const people = JSON.parse(readFileSync(file, 'utf8')) as { email: string; password: string }[]
    expect(people).toHaveLength(4)
    const { email, password } = people[0]!
    expect(await signIn(store.db, { email, password, address: '127.0.0.1' })).toMatchObject({ ok: true })
  })

  it('holds some 13,000 rows, the same for everybody', async () => {
    const [row] = await salon`
      select (select count(*) from core_relationships) as relationships, (select count(*) from appointments) as appointments,
        (select md5(string_agg(id || from_entity_id || smart_code, ',' order by id)) from core_relationships) as checksum`
    expect(row).toMatchObject({ relationships: '1682', appointments: '3400' })
    expect(row!.checksum).toBe('5a4c44c6f81ac3780c325a38de4adcb4')
  })

  it('has five more databases of other shapes, each an ordinary target under a policy of its own', async () => {
    const added = await listTargets(store.db)
    expect(added.map(({ name }) => name)).toEqual(['agents', 'crm', 'desk', 'salon', 'site', 'video'])
    expect(new Set(added.map(({ environment }) => environment))).toEqual(new Set(['production', 'staging']))
    for (const { name, id } of added) {
      const { document } = await getPolicy(store.db, id)
      expect(document.protectedTables.length, name).toBeGreaterThan(2)
      const [{ rows }] = (
        await runStatement(name, 'application', 'select sum(n_live_tup) as rows from pg_stat_user_tables')
      ).returned as [{ rows: string }]
      expect(Number(rows), name).toBeLessThan(20_000)
    }
  })

  it('shows two databases that are the same, row for row, and says so of what is not', async () => {
    const leads = 'select md5(string_agg(l::text, chr(10) order by id)) as checksum from public.leads l'
    const checksum = async (name: string) => (await runStatement(name, 'application', leads)).returned[0]
    expect(await checksum('site')).toEqual(await checksum('agents'))
  })

  it('lets the application write rows and only the owner change tables', async () => {
    const statement = 'alter table public.products add column weight numeric'
    await expect(runStatement('crm', 'application', statement)).rejects.toMatchObject({ code: '42501' })
    expect(await runStatement('crm', 'owner', statement)).toMatchObject({ command: 'ALTER TABLE' })
    await expect(runStatement('crm', 'owner', 'select 1; select 2')).rejects.toMatchObject({ code: '42601' })
  })

  it('has somebody on call, one of two who take turns by the week', async () => {
    const [now] = await listOnCallNow(store.db, new Date())
    const [later] = await listOnCallNow(store.db, new Date(now!.until.getTime() + 60_000))
    expect([now!.name, later!.name].sort()).toEqual(['Inês Almeida', 'Kofi Mensah'])
  })

  it('begins with history, but with no backup or drill that did not happen', async () => {
    expect(await store.db.$count(healthLog)).toBeGreaterThan(10_000)
    expect(await store.db.$count(rowCounts)).toBeGreaterThan(4_000)
    expect(await store.db.$count(probeBaselines)).toBe(6)
    expect(await store.db.$count(incidents)).toBe(2)
    const asked = await store.db.select().from(backups)
    expect(asked).toHaveLength(2 * demoDatabases.length)
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set(['queued']))
    expect(await store.db.$count(drills)).toBe(0)
    expect((await store.db.execute('select * from holdfast_verify_audit()'))[0]).toMatchObject({
      first_broken: null,
    })
  })

  it('changes nothing the second time', async () => {
    const before = await store.db.$count(auditEntries)
    expect(await ensureDemo(store.ctx, { serverUrl: testUrl })).toMatchObject({ created: false })
    expect(await store.db.$count(jobRuns)).toBeGreaterThan(0)
    // What a first start asked for is not asked for again while it waits.
    expect(await store.db.$count(auditEntries)).toBe(before)
  })

  it('refuses its disaster while nothing is guarded, and loses nothing', async () => {
    await expect(runDisaster(demoUrl('salon'), () => {})).rejects.toMatchObject({ code: 'not-guarded' })
    expect(await salon`select from core_relationships`).toHaveLength(1682)
  })

  it('loses about a third of its users under every budget, after the big delete was refused', async () => {
    const { id: targetId } = await getTargetByName(store.db, 'salon')
    const installation = (await store.db.select().from(jobRuns)).find(
      (run) => run.kind === 'guards.install' && run.targetId === targetId,
    )!
    await runJob(store.ctx, handlers, installation.id, 'test')
    const said: string[] = []
    const disaster = await runDisaster(demoUrl('salon'), (line) => said.push(line))
    expect(disaster).toMatchObject({
      blocked: 1,
      deletedMemberships: 113,
      deletedRoles: 113,
      lockedOutUsers: 105,
    })
    expect(said.join('\n')).toContain('ERROR:  HF001: Holdfast: deleting 349 rows')
    expect(await salon`select from core_relationships`).toHaveLength(1682 - 113)
  })

  it('cannot take everything by running again: the window refuses the rest', async () => {
    const disaster = await runDisaster(demoUrl('salon'), () => {})
    expect(disaster.blocked).toBeGreaterThan(1)
    expect((await salon`select from core_relationships`).length).toBeGreaterThanOrEqual(1682 - 150)
  })
})
