import { eq } from 'drizzle-orm'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import type { DatabaseRestoreResult, DatabaseSwitchResult } from '#lib/restores/database/database-types.ts'
import { checkTarget } from '#lib/targets/check-target.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createDatabaseStage, type DatabaseStage } from '#lib/testing/database-stage.ts'
import { testUrl } from '#lib/testing/test-db.ts'

const script = `create schema shop;
  create table shop.orders (id int primary key, note text);
  create table shop.quiet (id int primary key);
  insert into shop.orders select n, 'order ' || n from generate_series(1, 400) n;
  insert into shop.quiet select generate_series(1, 10)`

describe('the switch of names to a restored database', () => {
  let stage: DatabaseStage
  let restore: { operation: { id: string }; result: DatabaseRestoreResult }
  let application: postgres.Sql

  beforeAll(async () => {
    stage = await createDatabaseStage(script)
    await stage.server.unsafe(`comment on database "${stage.live}" is 'the shop'`)
    await stage.guard([
      { table: 'shop.orders', budget: { statementRows: 5, transactionRows: 5, windowRows: 5 } },
    ])
    const archiveId = (await stage.take('archive')).id
    await stage.target.sql`insert into shop.orders select n, 'newer' from generate_series(1001, 1003) n`
    restore = await stage.restored(archiveId)
    application = postgres(testUrl(stage.live), {
      max: 1,
      onnotice: () => {},
      connection: { application_name: 'till' },
    })
    cleanUp(() => application.end({ timeout: 1 }))
  })

  const rows = async (database: string) =>
    (await stage.query(database, 'select count(*)::int as n from shop.orders'))[0]!.n
  const settingOf = async (database: string) =>
    (await stage.query(database, `select current_setting('default_transaction_read_only') as mode`))[0]!.mode

  it('is refused as stale when another table was written to, and counts what moves in one that differed', async () => {
    const planned = await stage.planSwitch(restore.operation.id)
    expect(planned.error).toBeNull()
    expect(planned.summary!.warnings[0]).toContain('3 rows that the archive does not: shop.orders (3)')
    await application`insert into shop.quiet values (11)`
    const stale = await stage.run(planned)
    expect(stale).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    expect(await rows(stage.live)).toBe(403)
    await application`delete from shop.quiet where id = 11`
  })

  it('gives the live name to the restored database, ends who was connected, and keeps the old one read-only', async () => {
    await application`select 1`
    const planned = await stage.planSwitch(restore.operation.id)
    await application`insert into shop.orders values (2001, 'between plan and run')`
    expect(planned.summary!.warnings.join('\n')).toContain('(till) from')
    const refuse = () =>
      expect(stage.query(stage.live, 'delete from shop.orders')).rejects.toMatchObject({ code: 'HF001' })
    for (let times = 0; times < 3; times++) await refuse()
    await watchTarget(stage.store.ctx, stage.target.id)
    const refusals = () => stage.store.db.$count(guardEvents, eq(guardEvents.kind, 'blocked'))
    const before = await refusals()
    const { kept, live, leftBehind, guards } = await switched(planned)
    // The guards came with the archive, and refuse in the new one as they did in the old one.
    expect(guards).toMatchObject({ installed: true })
    await refuse()
    await watchTarget(stage.store.ctx, stage.target.id)
    expect(await refusals()).toBe(before + 1)
    expect(leftBehind).toEqual([{ table: 'shop.orders', archive: 400, live: 404 }])
    expect(live.name).toBe(stage.live)
    expect(await rows(stage.live)).toBe(400)
    expect(await rows(kept.name)).toBe(404)
    expect([await settingOf(stage.live), await settingOf(kept.name)]).toEqual(['off', 'on'])
    // The session was ended; the next one finds the restored database, and writes there.
    await application`select 1`.catch(() => {})
    await application`insert into shop.orders values (3001, 'after the switch')`
    expect(await rows(stage.live)).toBe(401)
    const comments = await stage.server`
      select datname, shobj_description(oid, 'pg_database') as comment from pg_database
      where datname in (${stage.live}, ${kept.name}) order by 1`
    expect(comments.map(({ comment }) => comment)).toEqual([
      'the shop',
      expect.stringContaining('holdfast: was'),
    ])
  })

  it('leaves a target that its checks accept: the same cluster, another database', async () => {
    const target = await getTarget(stage.store.db, stage.target.id)
    const scope = {
      ctx: stage.store.ctx,
      jobRunId: 'test',
      targetId: target.id,
      attempt: 1,
      signal: new AbortController().signal,
      phase: async () => {},
      progress: () => {},
      assertHeld: async () => {},
    }
    const { checks } = await checkTarget(scope)
    expect(checks.find(({ name }) => name === 'identity')).toMatchObject({ ok: true })
  })

  it('is done once: the same switch is refused when the name is there already', async () => {
    const again = await stage.planSwitch(restore.operation.id)
    expect(again).toMatchObject({ status: 'failed', error: { code: 'already-switched' } })
  })

  it('goes back to the database of before, shows what was written since, and can be done again', async () => {
    const back = await stage.planSwitch(restore.operation.id, true)
    expect(back.error).toBeNull()
    expect(back.summary!.tables).toMatchObject([{ table: 'shop.orders', newer: 1 }])
    const { kept } = await switched(back)
    expect(kept.name).toBe(restore.result.database)
    expect(await rows(stage.live)).toBe(404)
    expect([await settingOf(stage.live), await settingOf(kept.name)]).toEqual(['off', 'on'])
    const forth = await switched(await stage.planSwitch(restore.operation.id))
    expect(await rows(stage.live)).toBe(401)
    const again = await stage.planSwitch(restore.operation.id, true)
    expect(again.error).toBeNull()
    await switched(again)
    expect(await rows(stage.live)).toBe(404)
    expect(forth.kept.name).not.toBe(kept.name)
  })

  it('is refused while a subscription would go on writing to the old database', async () => {
    const { sql } = stage.target
    await sql.unsafe(
      `create subscription news connection 'host=127.0.0.1 port=1' publication news with (connect = false, slot_name = 'news')`,
    )
    await sql.unsafe('alter subscription news enable')
    const refused = await stage.planSwitch(restore.operation.id)
    await sql.unsafe('alter subscription news disable')
    await sql.unsafe('alter subscription news set (slot_name = none)')
    await sql.unsafe('drop subscription news')
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'subscription-enabled' } })
  })

  it('is not offered for a restore that failed', async () => {
    const planned = await stage.planSwitch((await stage.planRestore(crypto.randomUUID())).id)
    expect(planned).toMatchObject({ status: 'failed', error: { code: 'database-not-proven' } })
  })

  async function switched(planned: Awaited<ReturnType<DatabaseStage['planSwitch']>>) {
    const done = await stage.run(planned)
    expect(done.error).toBeNull()
    expect(done.status).toBe('succeeded')
    return done.result as DatabaseSwitchResult
  }
})
