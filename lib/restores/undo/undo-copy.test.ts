import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eq, sql as text } from 'drizzle-orm'
import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { undoSchema } from '#lib/restores/undo/undo-schema.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const childScript = fileURLToPath(new URL('../../testing/run-restore-job.ts', import.meta.url))

// Each takes a few seconds; a busy machine may need many.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 150_000 })

const script = `create schema app; create type app.mood as enum ('good', 'bad');
  create table app.people (id int primary key, name text, mood app.mood default 'good');
  create table app.log (line text);
  insert into app.people select n, 'p' || n from generate_series(1, 100) n;
  insert into app.log values ('a'), ('a'), ('b')`

describe('the safety copy of an operation', () => {
  let stage: RestoreStage
  let sql: postgres.Sql
  let snapshotId: string

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
    await stage.guard(['app.people', 'app.log'])
    snapshotId = (await stage.take('snapshot')).id
  })
  beforeEach(async () => {
    await sql.unsafe(`delete from app.people; delete from app.log;
      insert into app.people select n, 'p' || n from generate_series(11, 90) n;
      update app.people set name = 'other', mood = 'bad' where id <= 20;
      insert into app.people values (200, 'extra'); insert into app.log values ('a'), ('c')`)
  })

  const plan = () => stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, rows: 'all' })
  const content = () =>
    sql`select (select array_agg(p::text order by id) from app.people p) as people,
      (select array_agg(line order by line) from app.log) as log`
  const schemasOf = async (operation: { id: string }) =>
    sql`select nspname from pg_namespace where nspname = ${undoSchema(operation.id)}`

  async function killAt(operation: OperationDetails, failPoint: string) {
    const jobRunId = await stage.press(operation)
    const child = spawn(process.execPath, [childScript, stage.store.url, jobRunId], {
      env: { ...process.env, HOLDFAST_FAILPOINT: `${failPoint}:kill`, HOLDFAST_LOG_LEVEL: 'fatal' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
    await stage.store.db.update(jobRuns).set({ leaseUntil: text`now()` }).where(eq(jobRuns.id, jobRunId))
    await stage.work(jobRunId)
    return stage.reload(operation)
  }

  it('holds whole rows from before, the keys of what was made, and what became of them', async () => {
    const done = await stage.run(await plan())
    const { undo } = done.result as RestoreResult
    expect(undo!.schema).toBe(undoSchema(done.id))
    const people = undo!.tables.find((table) => table.table === 'app.people')!
    expect(people).toMatchObject({ beforeRows: 11, madeRows: 20, writtenRows: 30, key: ['id'] })
    const rowsOf = (name: string) => sql.unsafe(`select * from ${undo!.schema}.${name} order by 1, 2`)
    expect(await rowsOf(people.before)).toContainEqual({
      holdfast_act: 'overwritten',
      id: 11,
      name: 'other',
      mood: 'bad',
    })
    expect(await rowsOf(people.before)).toContainEqual(
      expect.objectContaining({ holdfast_act: 'deleted', id: 200 }),
    )
    expect((await sql.unsafe(`select id from ${undo!.schema}.${people.made} order by id`)).length).toBe(20)
    const log = undo!.tables.find((table) => table.table === 'app.log')!
    expect(log).toMatchObject({ beforeRows: 1, madeRows: 2, writtenRows: 2, key: null })
    const [note] = await sql<{ note: string }[]>`
      select obj_description(to_regnamespace(${undo!.schema})::oid, 'pg_namespace') as note`
    expect(note!.note).toMatch(new RegExp(`^holdfast \\S+ undo ${done.id} \\d{4}-\\d\\d-\\d\\dT`))
  })

  it('goes with the transaction: killed before the commit nothing of it is there, after it all is', async () => {
    const before = await content()
    for (const place of ['restores.after-safety-copy', 'operations.before-commit']) {
      const ended = await killAt(await plan(), place)
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'interrupted' }, result: null })
      expect(await schemasOf(ended)).toEqual([])
      expect(await content()).toEqual(before)
    }
    const done = await killAt(await plan(), 'operations.after-commit')
    expect(done.status).toBe('succeeded')
    expect(await schemasOf(done)).toHaveLength(1)
    // An undo that dies keeps to the same rule, and is still possible afterwards.
    const dead = await killAt(await stage.undoOf(done), 'restores.after-write')
    expect(dead).toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
    expect(await schemasOf(dead)).toEqual([])
    const undone = await killAt(await stage.undoOf(done), 'operations.after-commit')
    expect(undone.status).toBe('succeeded')
    expect(await content()).toEqual(before)
  })

  it('is the condition of every write: without the right to make it, nothing is written', async () => {
    const role = `undo_restore_${randomBytes(3).toString('hex')}`
    await sql.unsafe(
      `create role ${role} login password 'secret' bypassrls in role pg_read_all_data, pg_write_all_data`,
    )
    const url = new URL(stage.target.url)
    url.username = role
    url.password = 'secret'
    const credential = { name: stage.target.name, role: 'restore' }
    unwrap(await setCredential(stage.store.ctx, { ...credential, url: url.toString() }))
    onTestFinished(async () => {
      unwrap(await setCredential(stage.store.ctx, { ...credential, url: stage.target.url }))
      await sql.unsafe(`drop owned by ${role} cascade; drop role ${role}`)
    })
    await sql.unsafe(`grant usage, create on schema holdfast to ${role};
      grant all on all tables in schema holdfast to ${role}; grant execute on all functions in schema holdfast to ${role};
      do $$ begin execute format('grant usage on schema %I to ${role}', (select nspname from pg_namespace where nspname ~ '^holdfast_snapshot_' limit 1));
        execute format('grant select on all tables in schema %I to ${role}', (select nspname from pg_namespace where nspname ~ '^holdfast_snapshot_' limit 1)); end $$`)
    const before = await content()
    const done = await stage.run(await plan())
    expect(done).toMatchObject({
      status: 'failed',
      result: null,
      error: {
        code: 'safety-copy-failed',
        message: expect.stringContaining('permission denied'),
        hint: expect.stringContaining('grant create on database'),
      },
    })
    expect(await content()).toEqual(before)
  })

  it('is read once more beside the live rows: one that does not hold them stops the run', async () => {
    const before = await content()
    // Something in the database that changes what is written into a new table.
    await sql.unsafe(`create function public.spoil() returns event_trigger language plpgsql as $$
      declare made record; begin
        for made in select * from pg_event_trigger_ddl_commands() where object_type = 'table' and object_identity like '%.before_1' loop
          execute format('update %s set line = ''forged''', made.object_identity);
        end loop; end $$;
      create event trigger spoil on ddl_command_end when tag in ('CREATE TABLE AS') execute function public.spoil()`)
    const done = await stage
      .run(await plan())
      .finally(() => sql.unsafe('drop event trigger spoil; drop function public.spoil()'))
    expect(done).toMatchObject({
      status: 'failed',
      result: null,
      error: {
        code: 'safety-copy-failed',
        message: expect.stringContaining('does not hold what was copied'),
      },
    })
    expect(await content()).toEqual(before)
    expect(await schemasOf(done)).toEqual([])
  })

  it('cannot be asked not to be made', async () => {
    for (const flag of ['safety', 'safetyCopy', 'undo', 'force']) {
      const asked = await requestRestore(stage.store.ctx, {
        targetId: stage.target.id,
        reason: 'there is no time for it',
        request: { source: { kind: 'snapshot', backupId: snapshotId }, [flag]: false },
      })
      expect(asked).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } })
    }
  })

  it('is for nobody but its owner, whatever the database grants by default', async () => {
    const role = `undo_app_${randomBytes(3).toString('hex')}`
    await sql.unsafe(`create role ${role}; alter default privileges grant all on schemas to ${role};
      alter default privileges grant all on tables to ${role}; alter default privileges grant select on tables to public`)
    onTestFinished(async () => {
      await sql.unsafe(`alter default privileges revoke all on schemas from ${role}; alter default privileges revoke all on tables from ${role};
        alter default privileges revoke select on tables from public; drop role ${role}`)
    })
    const done = await stage.run(await plan())
    expect(done.status).toBe('succeeded')
    const granted =
      await sql`select a.grantee from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = ${undoSchema(done.id)} and a.grantee <> n.nspowner
      union all select a.grantee from pg_class c, aclexplode(c.relacl) a
      where c.relnamespace = to_regnamespace(${undoSchema(done.id)}) and a.grantee <> c.relowner`
    expect(granted).toEqual([])
  })

  it('is proven again before it is used: a changed one is refused, with the backup to use instead', async () => {
    const done = await stage.run(await plan())
    await sql
      .unsafe(`update ${undoSchema(done.id)}.before_2 set name = 'forged' where id = 11`)
      .catch(() => sql.unsafe(`update ${undoSchema(done.id)}.before_1 set name = 'forged' where id = 11`))
    expect(await stage.undoOf(done)).toMatchObject({
      status: 'failed',
      error: { code: 'undo-copy-damaged', hint: expect.stringContaining(snapshotId) },
    })
    await sql.unsafe(`drop schema ${undoSchema(done.id)} cascade`)
    expect(await stage.undoOf(done)).toMatchObject({
      status: 'failed',
      error: { code: 'undo-copy-gone', hint: expect.stringContaining(snapshotId) },
    })
  })
})
