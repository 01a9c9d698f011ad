import { eq } from 'drizzle-orm'
import type postgres from 'postgres'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { operations } from '#drizzle/schema/operations.ts'
import { unwrap } from '#lib/errors.ts'
import { listCopiesLeft } from '#lib/guards/list-copies-left.ts'
import { removeGuards } from '#lib/guards/remove-guards.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'
import { undoSchema } from '#lib/restores/undo/undo-schema.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'
import { openWebDoor } from '#lib/testing/web-door.ts'

// Each takes a few seconds; a busy machine may need many.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 })

const script = `create table public.people (id int primary key, name text);
  create table public.touched (id int, at timestamptz default clock_timestamp());
  create function public.remember() returns trigger language plpgsql as
    $$ begin insert into public.touched values (coalesce(new.id, old.id)); return coalesce(new, old); end $$;
  create trigger remember after insert or update or delete on public.people for each row execute function public.remember();
  insert into public.people select n, 'p' || n from generate_series(1, 20) n`

describe('the undo of what is not simply rows', () => {
  let stage: RestoreStage
  let sql: postgres.Sql
  let snapshotId: string

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
    await stage.guard(['public.people'])
    snapshotId = (await stage.take('snapshot')).id
  })

  const lose = () => sql`delete from public.people where id > 10`
  const restored = async (request: Record<string, unknown> = {}) => {
    const done = await stage.run(
      await stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, ...request }),
    )
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    return done
  }
  const asked = (operation: { id: string }) =>
    requestUndo(stage.store.ctx, { operationId: operation.id, reason: 'it was not what was meant' })

  it('says what triggers did elsewhere and do again, and leaves it', async () => {
    await lose()
    await sql`delete from public.touched`
    const done = await restored()
    const planned = await stage.undoOf(done)
    expect(planned.summary!.notCovered!.join()).toContain('What the trigger “remember” of public.people did')
    expect((await stage.run(planned)).status).toBe('succeeded')
    const [counts] = await sql`select count(*)::int as rows from public.touched`
    expect(counts).toEqual({ rows: 20 })
  })

  it('of a restore beside the originals removes its tables, unless others made something of them', async () => {
    await lose()
    const live = await sql`select count(*)::int as rows from public.people`
    const done = await restored({ into: 'copy' })
    const { copy } = done.result as RestoreResult
    const table = copy!.tables[0]!.copy
    await sql.unsafe(`create view public.peek as select * from ${table}`)
    expect(await stage.undoOf(done)).toMatchObject({
      status: 'failed',
      error: { code: 'copy-in-use', message: expect.stringContaining('view public.peek') },
    })
    await sql`drop view public.peek`
    await sql.unsafe(`create table ${copy!.schema}.mine (id int)`)
    expect(await stage.undoOf(done)).toMatchObject({ error: { message: expect.stringContaining('mine') } })
    await sql.unsafe(`drop table ${copy!.schema}.mine`)
    const planned = await stage.undoOf(done)
    expect(planned.summary!.sentence).toContain('Removes the copy')
    expect((await stage.run(planned)).status).toBe('succeeded')
    expect(await sql`select from pg_namespace where nspname = ${copy!.schema}`).toHaveLength(0)
    expect(await sql`select count(*)::int as rows from public.people`).toEqual(live)
    expect(await stage.undoOf(done)).toMatchObject({ error: { code: 'copy-gone' } })
  })

  it('is refused with what to do instead: permits, policies, guards, databases, and what never ran', async () => {
    const planned: OperationDetails = await stage.restore({
      source: { kind: 'snapshot', backupId: snapshotId },
    })
    expect(await asked(planned)).toMatchObject({ refusal: { code: 'nothing-to-undo' } })
    unwrap(await cancelOperation(stage.store.ctx, { operationId: planned.id }))
    expect(await asked(planned)).toMatchObject({ refusal: { code: 'nothing-to-undo' } })
    for (const [kind, hint] of [
      ['permit', 'permits withdraw'],
      ['policy-weakening', 'policy apply'],
      ['guard-removal', 'guards install'],
      ['database-restore', 'drop that database'],
      ['database-switch', 'switch back'],
    ]) {
      await stage.store.db.update(operations).set({ kind: kind! }).where(eq(operations.id, planned.id))
      expect(await asked(planned)).toMatchObject({
        refusal: { code: 'not-undoable', hint: expect.stringContaining(hint!) },
      })
    }
  })

  it('of an operation from before there were undo copies names its safety snapshot', async () => {
    await lose()
    const done = await restored()
    const { undo: _, ...old } = done.result as RestoreResult
    await stage.store.db
      .update(operations)
      .set({ result: { ...old, safetyBackupId: snapshotId } })
      .where(eq(operations.id, done.id))
    expect(await asked(done)).toMatchObject({
      refusal: { code: 'undo-by-backup', hint: expect.stringContaining(snapshotId) },
    })
  })

  it('can be asked for through the web’s own role', async () => {
    await lose()
    const done = await restored()
    const web = await openWebDoor(stage.store)
    const person = web.through(await stage.person('admin'))
    expect(await requestUndo(person, { operationId: done.id, reason: 'not what was meant' })).toMatchObject({
      ok: true,
    })
  })

  it('leaves with the guards nothing unsaid: their removal names the copies that stay', async () => {
    await lose()
    const done = await restored()
    const scope = {
      ctx: stage.store.ctx,
      targetId: stage.target.id,
      signal: new AbortController().signal,
      phase: async () => {},
    } as unknown as JobScope
    const removal = await removeGuards(scope)
    expect(removal.stays.join()).toContain(
      `${undoSchema(done.id)} (the rows that an operation keeps for its undo)`,
    )
    expect(await listCopiesLeft(sql)).toEqual(removal.stays)
    await stage.guard(['public.people'])
  })
})
