import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import type { DatabaseSwitchResult } from '#lib/restores/database/database-types.ts'
import { sweepRestoredDatabases } from '#lib/restores/database/sweep-restored-databases.ts'
import { createDatabaseStage, type DatabaseStage } from '#lib/testing/database-stage.ts'

const script = `create table public.orders (id int primary key, note text);
  insert into public.orders select n, 'order ' || n from generate_series(1, 300) n`
const childScript = fileURLToPath(new URL('../../testing/run-restore-job.ts', import.meta.url))

describe('a restore or switch of a whole database that is interrupted', () => {
  let stage: DatabaseStage
  let archiveId: string
  let restoreId: string
  let made: string

  beforeAll(async () => {
    stage = await createDatabaseStage(script)
    archiveId = (await stage.take('archive')).id
    await stage.target.sql`delete from public.orders where id > 200`
    const { operation, result } = await stage.restored(archiveId)
    restoreId = operation.id
    made = result.database
  })
  const rows = async (database = stage.live) =>
    (await stage.query(database, 'select count(*)::int as n from public.orders'))[0]!.n
  const others = async () => (await stage.beside()).filter((name) => name !== made)
  const begin = async () => {
    const operation = await stage.planSwitch(restoreId)
    expect(operation.error).toBeNull()
    return operation
  }

  it.each([
    'restores.before-create',
    'restores.after-create',
    'restores.before-proof',
    'restores.before-marker',
  ])('leaves no half database behind when it is killed at %s', async (place) => {
    const ended = await stage.killAt(await stage.planRestore(archiveId), `${place}:kill`)
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'interrupted' }, result: null })
    expect(await others()).toHaveLength(place === 'restores.before-create' ? 0 : 1)
    await sweepRestoredDatabases(stage.store.ctx, stage.target.id)
    expect(await others()).toEqual([])
    expect(await stage.beside()).toEqual([made])
  })

  it('keeps a database that somebody else put under the name of a killed run', async () => {
    const operation = await stage.planRestore(archiveId)
    await stage.killAt(operation, 'restores.before-create:kill')
    const [, name] = /the database (\S+) beside/.exec(operation.summary!.sentence)!
    await stage.server.unsafe(`create database "${name}" template "${made}"`)
    expect(await sweepRestoredDatabases(stage.store.ctx, stage.target.id)).toEqual([])
    expect(await rows(name)).toBe(300)
    await stage.server.unsafe(`drop database "${name}"`)
  })

  it('is a success when it is killed after its marker was left', async () => {
    const ended = await stage.killAt(await stage.planRestore(archiveId), 'operations.after-commit:kill')
    expect(ended).toMatchObject({ status: 'succeeded', result: { proven: true } })
    const { database } = ended.result as { database: string }
    expect(await sweepRestoredDatabases(stage.store.ctx, stage.target.id)).toEqual([])
    expect(await rows(database)).toBe(300)
    await stage.server.unsafe(`drop database "${database}"`)
  })

  it('shows how a restored database differs from its archive, keeps it, and offers no switch to it', async () => {
    const operation = await stage.planRestore(archiveId)
    const [, name] = /the database (\S+) beside/.exec(operation.summary!.sentence)!
    let changed = false
    const meddle = (async () => {
      while (!changed) {
        changed = await stage
          .query(name!, `delete from public.orders where id = 7 returning id`)
          .then((gone) => gone.length > 0)
          .catch(() => false)
      }
    })()
    const done = await stage.run(operation)
    changed = true
    await meddle
    expect(done).toMatchObject({ status: 'failed', error: { code: 'verification-failed' } })
    expect(done.result).toMatchObject({
      proven: false,
      differences: [{ subject: 'public.orders', kind: 'rows' }],
    })
    expect((await stage.planSwitch(done.id)).error).toMatchObject({ code: 'database-not-proven' })
    await sweepRestoredDatabases(stage.store.ctx, stage.target.id)
    expect(await others()).toEqual([name])
    await stage.server.unsafe(`drop database "${name}"`)
  })

  it.each(['restores.before-rename', 'restores.before-rename-commit'])(
    'leaves both names as they are when it is killed at %s, and the live database open',
    async (place) => {
      const ended = await stage.killAt(await begin(), `${place}:kill`)
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
      expect(await stage.beside()).toEqual([made])
      expect(await rows()).toBe(200)
    },
  )

  it.each(['restores.before-rename', 'restores.before-rename-commit'])(
    'renames nothing when a worker frozen at %s wakes up after its switch was settled',
    async (place) => {
      const operation = await begin()
      const jobRunId = await stage.press(operation)
      const child = spawn(process.execPath, [childScript, stage.store.url, jobRunId], {
        env: {
          ...process.env,
          HOLDFAST_FAILPOINT: `${place}:stop`,
          HOLDFAST_LOG_LEVEL: 'fatal',
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const exit = once(child, 'exit')
      while (!/ T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')))
        await new Promise((resolve) => setTimeout(resolve, 50))
      await stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))
      await stage.work(jobRunId)
      expect(await stage.reload(operation)).toMatchObject({
        status: 'failed',
        error: { code: 'interrupted' },
      })
      expect(await rows()).toBe(200)
      child.kill('SIGCONT')
      await exit
      expect(await stage.beside()).toEqual([made])
      expect(await rows()).toBe(200)
      expect(await stage.reload(operation)).toMatchObject({ status: 'failed' })
    },
  )

  it('happens once when it is pressed twice, and a switch planned beside it is refused', async () => {
    const [one, other] = [await begin(), await begin()]
    const press = (operation: typeof one) =>
      requestOperationRun(stage.store.ctx, {
        operationId: operation.id,
        fingerprint: operation.fingerprint,
        targetName: stage.target.name,
      })
    const pressed = await Promise.all(Array.from({ length: 10 }, () => press(one)))
    const taken = pressed.flatMap((outcome) => (outcome.ok ? [outcome.value.jobRunId] : []))
    expect(taken).toHaveLength(1)
    const second = await press(other)
    await Promise.all([stage.work(taken[0]!), second.ok ? stage.work(second.value.jobRunId) : null])
    const ended = [await stage.reload(one), await stage.reload(other)]
    expect(ended.filter(({ status }) => status === 'succeeded')).toHaveLength(1)
    expect(await rows()).toBe(300)
    expect(await stage.beside()).toHaveLength(1)
    await stage.run(await stage.planSwitch(restoreId, true))
    expect(await stage.beside()).toEqual([made])
  })

  it('is a success when it is killed after the renaming committed', async () => {
    const ended = await stage.killAt(await begin(), 'operations.after-commit:kill')
    expect(ended).toMatchObject({ status: 'succeeded', error: null })
    const { kept } = ended.result as DatabaseSwitchResult
    expect(await stage.beside()).toEqual([kept.name])
    expect([await rows(), await rows(kept.name)]).toEqual([300, 200])
  })
})
