import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `create table public.orders (id int primary key, note text);
  insert into public.orders select i, 'n' || i from generate_series(1, 20) i`

describe('a restore of a table that somebody holds', () => {
  let stage: RestoreStage
  let snapshotId: string
  const plan = (into: 'copy' | 'place') =>
    stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, into })

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
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
  })

  it('gives up after its lock time-out, writes nothing, and says who is in the way, without their literals', async () => {
    const operation = await plan('place')
    expect(operation.summary!.locks).toEqual([expect.stringMatching(/^public\.orders: nobody else writes/)])
    const other = connectToUrl(stage.target.url, 'owner', { purpose: 'someone' })
    try {
      await other.begin(async (transaction) => {
        const [me] = await transaction<
          { pid: number; role: string }[]
        >`select pg_backend_pid() as pid, current_user as role`
        await transaction.unsafe(`update public.orders set note = 'very secret' where id = 1`)
        const ended = await stage.run(operation)
        expect(ended).toMatchObject({ status: 'failed', error: { code: 'table-locked' } })
        const { message, hint } = ended.error!
        expect(message).toContain(
          `pid ${me!.pid} (holdfast:someone) as ${me!.role} holds public.orders since 20`,
        )
        expect(message).toContain('idle in transaction: update public.orders set note = $1 where id = $2')
        expect(message + hint).not.toContain('secret')
        expect(hint).toContain(`pg_terminate_backend(${me!.pid})`)
      })
    } finally {
      await other.end()
    }
    expect(await stage.target.sql`select from public.orders`).toHaveLength(15)
    expect((await stage.run(await plan('place'))).status).toBe('succeeded')
    await stage.target.sql`delete from public.orders where id > 15`
  })

  it('copies while others write, and gives up where the table cannot even be read', async () => {
    const operation = await plan('copy')
    const another = await plan('copy')
    await stage.target.sql.begin(async (transaction) => {
      await transaction`update public.orders set note = 'x' where id = 1`
      expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', result: { writtenRows: 5 } })
    })
    await stage.target.sql.begin(async (transaction) => {
      await transaction`lock table public.orders in access exclusive mode`
      const ended = await stage.run(another)
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'table-locked' } })
      expect(ended.error!.message).toContain('holds public.orders')
    })
  })
})
