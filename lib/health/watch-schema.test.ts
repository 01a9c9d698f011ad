import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkCounters } from '#drizzle/schema/counters.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { schemaVersions } from '#drizzle/schema/health.ts'
import { unwrap } from '#lib/errors.ts'
import { acceptSchemaChange } from '#lib/health/accept-schema-change.ts'
import { judgeSchemaChanges } from '#lib/health/checks/schema-changes.ts'
import { nameChange } from '#lib/health/schema-changes.ts'
import { listSchemaVersions, listUnexplained } from '#lib/health/schema-queries.ts'
import { watchSchema } from '#lib/health/watch-schema.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createGuardedTarget, type GuardedTarget } from '#lib/testing/guarded-target.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

const content = `
  drop schema public cascade; create schema public;
  create table public.people (id int primary key, mail text not null);
  insert into public.people select i, i::text from generate_series(1, 10) i;
`
const policy = {
  protectedTables: [{ table: 'public.people' }],
  budget: { statementRows: 5, transactionRows: 5, windowRows: 100 },
}

describe('watchSchema', () => {
  let stage: GuardedTarget
  let session: ReturnType<typeof connectToUrl>
  let clock = Date.now()

  beforeAll(async () => {
    stage = await createGuardedTarget(content, policy)
    session = connectToUrl(stage.url, 'watch', { purpose: 'test', maxConnections: 2 })
    cleanUp(() => session.end({ timeout: 1 }))
  })

  beforeEach(async () => {
    await stage.sql.unsafe(content)
    await stage.store.db.delete(schemaVersions)
    await stage.store.db.delete(checkCounters)
    await stage.store.db.delete(deployments)
    await look()
  })

  // Each look a second after the other, however quick the machine.
  const nextMoment = (): Date => {
    clock += 1_000
    return new Date(clock)
  }
  const look = (at = nextMoment()) => watchSchema(stage.store.db, stage.targetId, session, at)
  const log = () => listSchemaVersions(stage.store.db, stage.targetId)
  const unexplained = () => listUnexplained(stage.store.db, stage.targetId)
  const deploy = (migration: string, ageMs = 60_000, verdict: 'APPROVED' | 'BLOCKED' = 'APPROVED') =>
    stage.store.db.insert(deployments).values({
      targetId: stage.targetId,
      title: 'a migration',
      status: 'validated',
      verdict,
      request: { migration, rollback: null, constraint: null, skip: null },
      requestedBy: 'test',
      finishedAt: new Date(clock - ageMs),
    })

  it('keeps the first version without a word, and nothing more while nothing changes', async () => {
    await stage.sql`insert into public.people values (99, 'new')`
    await look()
    expect((await log()).map(({ status }) => status)).toEqual(['first'])
    expect(judgeSchemaChanges(await unexplained(), 'shop').status).toBe('healthy')
  })

  it('flags a change that no deployment accounts for, by name, until a person says why it is right', async () => {
    await stage.sql`alter table public.people add age int, drop mail`
    await look()
    const [version] = await unexplained()
    expect(version!.changes.map(nameChange)).toEqual(['table public.people changed (+age, −mail)'])
    expect(version!.unchangedAt).toEqual(new Date(clock - 1_000))
    const judged = judgeSchemaChanges([version!], 'shop')
    expect(judged).toMatchObject({ status: 'unhealthy', severity: 'CRITICAL', affected: 1 })
    expect(judged.details).toContain('−mail')
    await look()
    expect(await unexplained()).toHaveLength(1)

    const { ctx } = stage.store
    const input = { versionId: version!.id, reason: 'agreed on the phone with the owner' }
    expect(await acceptSchemaChange(ctx, { ...input, reason: 'ok' })).toMatchObject({ ok: false })
    unwrap(await acceptSchemaChange(ctx, input))
    expect(await unexplained()).toEqual([])
    expect((await log())[0]).toMatchObject({ status: 'accepted', reason: input.reason })
    expect(await acceptSchemaChange(ctx, input)).toMatchObject({
      ok: false,
      refusal: { code: 'nothing-to-accept' },
    })
  })

  it('refuses a viewer, and the worker', async () => {
    await stage.sql`create table public.more (id int)`
    await look()
    const [version] = await unexplained()
    const input = { versionId: version!.id, reason: 'because I would like it to be' }
    const viewer = await createTestPerson(stage.store, 'viewer')
    expect(await acceptSchemaChange(viewer, input)).toMatchObject({ ok: false })
    const worker = { ...stage.store.ctx, actor: { kind: 'worker' as const, workerId: 'w' } }
    expect(await acceptSchemaChange(worker, input)).toMatchObject({ ok: false })
    expect(await unexplained()).toHaveLength(1)
  })

  it('links a change to the deployment whose migration names it, and flags what it does not name', async () => {
    await deploy('create table public.orders (id serial primary key, person int references people)')
    await stage.sql`create table public.orders (id serial primary key, person int references public.people)`
    await look()
    const [version] = await log()
    expect(version).toMatchObject({ status: 'deployed', deployment: { title: 'a migration' } })
    expect(version!.changes.length).toBeGreaterThan(2)

    await stage.sql`alter table public.orders add note text`
    await stage.sql`create function public.helper() returns int language sql as 'select 1'`
    await look()
    const [partly] = await unexplained()
    expect(partly!.changes.filter(({ deployment }) => deployment === null).map(({ name }) => name)).toEqual([
      'public.helper()',
      'public.helper()',
    ])
  })

  it.each([
    ['was blocked', 60_000, 'BLOCKED'],
    ['is of the day before', 25 * 3_600_000, 'APPROVED'],
    ['came only afterwards', -60_000, 'APPROVED'],
  ] as const)('takes no deployment for an explanation that %s', async (_what, ageMs, verdict) => {
    await deploy('alter table public.people add age int', ageMs, verdict)
    await stage.sql`alter table public.people add age int`
    await look()
    expect(await unexplained()).toHaveLength(1)
  })

  it('does not flag what Holdfast itself does: guards that come and go, and an agent’s rights', async () => {
    const role = `agent_${Math.random().toString(36).slice(2, 10)}`
    await stage.install()
    await look()
    await stage.sql.unsafe(`create role ${role}; grant select, delete on public.people to ${role};
      grant usage on schema public to ${role}`)
    const [{ name }] = await stage.sql<[{ name: string }]>`select current_database() as name`
    await stage.sql.unsafe(`comment on role ${role} is 'Holdfast agent of ${name}'`)
    await look()
    await stage.remove()
    await look()
    expect((await log()).map(({ status, changes }) => [status, changes])).toEqual([['first', []]])
    await stage.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  })

  it('flags rights that somebody gives a role of his own', async () => {
    await stage.sql`grant delete on public.people to public`
    await look()
    const [version] = await unexplained()
    expect(version!.changes).toMatchObject([{ kind: 'access', change: 'added' }])
    expect(judgeSchemaChanges([version!], 'shop').severity).toBe('CRITICAL')
  })

  it('writes one version when many look at once: they take turns', async () => {
    const { db } = stage.store
    await stage.sql`create table public.more (id int)`
    const at = nextMoment()
    let looks: Promise<unknown> | null = null
    await db.transaction(async (tx) => {
      await tx.execute(
        sql`select pg_advisory_xact_lock(hashtext('holdfast:schema'), hashtext(${stage.targetId}))`,
      )
      looks = Promise.all([look(at), look(at)])
      await expect
        .poll(
          () =>
            db.execute(sql`select from pg_locks where locktype = 'advisory' and not granted
              and database = (select oid from pg_database where datname = current_database())`),
          { timeout: 20_000 },
        )
        .toHaveLength(2)
    })
    await looks
    expect(await log()).toHaveLength(2)
  })

  it('never lets an older look overrule a newer one', async () => {
    const older = nextMoment()
    await stage.sql`create table public.more (id int)`
    await look()
    await stage.sql`drop table public.more`
    // Somebody looked before, and comes to write only now.
    await look(older)
    expect(await log()).toHaveLength(2)
  })

  it('keeps the flag of a change that was taken back, and does not flag the taking back', async () => {
    await stage.sql`create table public.more (id int)`
    await look()
    await stage.sql`drop table public.more`
    await look()
    expect((await log()).map(({ status }) => status)).toEqual(['accepted', 'unexplained', 'first'])
  })

  it('forgets what the schema was before the last version, and keeps what changed', async () => {
    await stage.sql`create table public.more (id int)`
    await look()
    const rows = await stage.store.db
      .select({ status: schemaVersions.status, objects: schemaVersions.objects })
      .from(schemaVersions)
      .where(eq(schemaVersions.status, 'first'))
    expect(rows).toEqual([{ status: 'first', objects: [] }])
  })
})
