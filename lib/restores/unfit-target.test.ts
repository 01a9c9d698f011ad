import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { targets } from '#drizzle/schema/targets.ts'
import { unwrap } from '#lib/errors.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'
import { createTestDatabase, createTestDataDirectory } from '#lib/testing/test-db.ts'

const script = `create table public.orders (id int primary key, note text);
  insert into public.orders select i, 'n' || i from generate_series(1, 20) i`

/** A server of this file's own, because it becomes a standby. */
const options = {
  quickAndUnsafe: true,
  settings: { wal_level: 'logical', max_connections: '40', shared_buffers: '32MB' },
}

describe('a restore is refused, with nothing written', () => {
  let stage: RestoreStage
  let home: string
  let server: Awaited<ReturnType<typeof startEmbeddedServer>>
  let snapshotId: string
  let recorded: typeof targets.$inferSelect

  const plan = (more: Record<string, unknown> = {}) =>
    stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, ...more })
  const setTarget = (values: Partial<typeof targets.$inferInsert>) =>
    stage.store.db.update(targets).set(values).where(eq(targets.id, stage.target.id))
  const rows = async () => (await stage.target.sql`select from public.orders`).length

  beforeAll(async () => {
    home = join(createTestDataDirectory(), 'server')
    server = await startEmbeddedServer(home, options)
    cleanUp(() => server.stop())
    stage = await createRestoreStage(script, {
      environment: 'development',
      server: server.urlFor('postgres'),
    })
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const protectedTables = [{ table: 'public.orders' }]
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables },
      }),
    )
    snapshotId = (await stage.take('snapshot')).id
    await stage.target.sql`delete from public.orders where id > 15`
    ;[recorded] = (await stage.store.db.select().from(targets).where(eq(targets.id, stage.target.id))) as [
      typeof targets.$inferSelect,
    ]
  })

  it('in another cluster than the one that was registered, though all its names are the same', async () => {
    await setTarget({ systemIdentifier: '7000000000000000001' })
    expect(await plan()).toMatchObject({ status: 'failed', error: { code: 'target-other-cluster' } })
    await setTarget({ systemIdentifier: recorded.systemIdentifier })
  })

  it('in another database than the one that was registered', async () => {
    await setTarget({ databaseName: 'elsewhere' })
    expect(await plan()).toMatchObject({ status: 'failed', error: { code: 'target-other-database' } })
    await setTarget({ databaseName: recorded.databaseName })
  })

  it('in a database that its owner made read-only, also when that happened after the approval', async () => {
    const operation = await plan()
    expect(operation.error).toBeNull()
    await stage.target.sql.unsafe(
      `alter database "${recorded.databaseName}" set default_transaction_read_only = on`,
    )
    expect(await plan({ into: 'copy' })).toMatchObject({ error: { code: 'target-read-only' } })
    expect(await stage.run(operation)).toMatchObject({
      status: 'failed',
      error: { code: 'target-read-only' },
    })
    await stage.target.sql.unsafe(
      `alter database "${recorded.databaseName}" reset default_transaction_read_only`,
    )
    expect(await rows()).toBe(15)
  })

  it('into tables that a subscription writes, but not beside them', async () => {
    const { sql } = stage.target
    const publisher = await createTestDatabase(
      `${script}; create publication orders_pub for table public.orders`,
      server.urlFor('postgres'),
    )
    await sql.unsafe(`create subscription orders_sub connection '${publisher.url}' publication orders_pub
      with (create_slot = false, slot_name = none, enabled = false, copy_data = false)`)
    expect(await plan()).toMatchObject({
      status: 'failed',
      error: { code: 'target-subscriber', message: expect.stringContaining('public.orders (orders_sub)') },
    })
    expect(await plan({ into: 'copy' })).toMatchObject({ error: null, summary: { promisedRows: 5 } })
    await sql`drop subscription orders_sub`
  })

  it('in a server that became a standby meanwhile', async () => {
    const operation = await plan()
    const signal = join(home, 'cluster', 'standby.signal')
    await server.stop()
    writeFileSync(signal, '')
    server = await startEmbeddedServer(home, options)
    expect(await plan()).toMatchObject({ status: 'failed', error: { code: 'target-standby' } })
    // Nothing can be claimed there either: the run ends without a doubt about what it wrote.
    expect(await stage.run(operation)).toMatchObject({ status: 'failed' })
    await server.stop()
    rmSync(signal)
    server = await startEmbeddedServer(home, options)
    expect(await rows()).toBe(15)
  })
})
