import { eq, sql as text } from 'drizzle-orm'
import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { incidents } from '#drizzle/schema/incidents.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { unwrap } from '#lib/errors.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { expireUndoCopies } from '#lib/restores/undo/expire-undo-copies.ts'
import { listUndoCopies } from '#lib/restores/undo/list-undo-copies.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'
import { undoSchema } from '#lib/restores/undo/undo-schema.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

// Each takes a few seconds; a busy machine may need many.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 })

const script = `create table public.people (id int primary key, name text);
  insert into public.people select n, 'p' || n from generate_series(1, 20) n`

describe('what operations keep for their undo', () => {
  let stage: RestoreStage
  let sql: postgres.Sql
  let snapshotId: string
  let done: OperationDetails

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
    await stage.guard(['public.people'])
    snapshotId = (await stage.take('snapshot')).id
  })
  beforeEach(async () => {
    await sql`delete from public.people where id > 10`
    done = await stage.run(await stage.restore({ source: { kind: 'snapshot', backupId: snapshotId } }))
    expect(done.status).toBe('succeeded')
  })

  const expire = () => expireUndoCopies(stage.store.ctx, stage.target.id)
  const age = (operation: { id: string }) =>
    stage.store.db
      .update(operations)
      .set({ finishedAt: text`now() - interval '4 days'` })
      .where(eq(operations.id, operation.id))
  const isThere = async (operation: { id: string }) => {
    const [row] = await sql<{ there: boolean }[]>`
      select to_regnamespace(${undoSchema(operation.id)}) is not null as there`
    return row!.there
  }

  it('is listed with its size and its end, goes after as long as a snapshot, and then its undo is refused', async () => {
    const listed = (await listUndoCopies(stage.store.db, stage.target.id)).find(
      ({ operationId }) => operationId === done.id,
    )
    expect(listed).toMatchObject({ schema: undoSchema(done.id), kind: 'restore' })
    expect(listed!.sizeBytes).toBeGreaterThan(0)
    expect(listed!.expiresAt.getTime() - listed!.madeAt.getTime()).toBe(3 * 86_400_000)
    expect(await expire()).toEqual([])
    await age(done)
    expect(await expire()).toEqual([done.id])
    expect(await isThere(done)).toBe(false)
    expect(await expire()).toEqual([])
    expect(
      await requestUndo(stage.store.ctx, { operationId: done.id, reason: 'too late for this' }),
    ).toMatchObject({
      ok: false,
      refusal: { code: 'undo-copy-gone', hint: expect.stringContaining(snapshotId) },
    })
  })

  it('stays while its undo is open, and while an incident of the target is unresolved', async () => {
    await age(done)
    const undo = await stage.undoOf(done)
    expect(await expire()).toEqual([])
    expect((await stage.run(undo)).status).toBe('succeeded')
    const incident = unwrap(
      await openIncident(stage.store.ctx, {
        targetId: stage.target.id,
        title: 'Rows are missing',
        severity: 'CRITICAL',
      }),
    )
    expect(await expire()).toEqual([])
    expect(await isThere(done)).toBe(true)
    await stage.store.db
      .update(incidents)
      .set({ status: 'resolved' })
      .where(eq(incidents.id, incident.incidentId))
    expect(await expire()).toEqual([done.id])
  })

  it('is removed and recorded once, also when the process dies in between', async () => {
    await age(done)
    process.env.HOLDFAST_FAILPOINT = 'restores.after-undo-drop:throw'
    onTestFinished(() => void delete process.env.HOLDFAST_FAILPOINT)
    expect(await expire()).toEqual([])
    delete process.env.HOLDFAST_FAILPOINT
    expect(await isThere(done)).toBe(false)
    expect((await stage.reload(done)).result).not.toHaveProperty('undo.expiredAt')
    expect(await expire()).toEqual([done.id])
    expect((await stage.reload(done)).result).toHaveProperty('undo.expiredAt')
  })

  it('of an operation that the store does not know goes by its own date; what others made stays', async () => {
    const { keyId } = stage.store.ctx.keys!
    const id = '0a0b0c0d-0e0f-4000-8000-00000000000'
    const make = (digit: number, note: string) =>
      sql.unsafe(
        `create schema holdfast_undo_00000000000${digit}; comment on schema holdfast_undo_00000000000${digit} is '${note}'`,
      )
    await make(1, `holdfast ${keyId} undo ${id}1 2020-01-01T00:00:00Z`)
    await make(2, `holdfast ${keyId} undo ${id}2 ${new Date().toISOString()}`)
    await make(3, `holdfast of-another undo ${id}3 2020-01-01T00:00:00Z`)
    await make(4, 'something of ours')
    expect(await expire()).toEqual([`${id}1`])
    const left =
      await sql`select nspname as name from pg_namespace where nspname ~ '^holdfast_undo_00000000000' order by 1`
    expect(left.map(({ name }) => name.at(-1))).toEqual(['2', '3', '4'])
  })
})
