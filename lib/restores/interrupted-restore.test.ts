import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const childScript = fileURLToPath(new URL('../testing/run-restore-job.ts', import.meta.url))

const script = `create table public.people (id int primary key, name text);
  insert into public.people select n, 'p' || n from generate_series(1, 300) n`

const guarded = ['public.people']

describe('a restore that is interrupted', () => {
  let stage: RestoreStage
  let snapshotId: string

  beforeAll(async () => {
    stage = await createRestoreStage(script)
    await stage.guard(guarded)
    snapshotId = (await stage.take('snapshot')).id
  })
  beforeEach(async () => {
    await stage.target.sql`delete from public.people where id > 200`
  })

  const plan = (rows = 'missing', into = 'place') =>
    stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, rows, into })
  const count = async () => {
    const [row] = await stage.target.sql<{ rows: number }[]>`select count(*)::int as rows from public.people`
    return row!.rows
  }

  /** Has a process of its own do the work and die at the fail-point; then another worker takes it over. */
  async function killAt(failPoint: string, into = 'place') {
    const operation = await plan('missing', into)
    await stage.approve(operation)
    const jobRunId = await stage.press(operation)
    const child = spawn(process.execPath, [childScript, stage.store.url, jobRunId], {
      env: { ...process.env, HOLDFAST_FAILPOINT: failPoint, HOLDFAST_LOG_LEVEL: 'fatal' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
    await stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))
    await stage.work(jobRunId)
    return stage.reload(operation)
  }

  it.each(['restores.after-write:kill', 'operations.before-commit:kill'])(
    'leaves the target unchanged when it is killed at %s, and is not tried again by itself',
    async (failPoint) => {
      const ended = await killAt(failPoint)
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
      expect(await count()).toBe(200)
    },
  )

  it('is a success when it is killed after the commit', async () => {
    const ended = await killAt('operations.after-commit:kill')
    expect(ended).toMatchObject({ status: 'succeeded', result: { writtenRows: 100 } })
    expect(await count()).toBe(300)
  })

  const copies = async () =>
    (await stage.target.sql`select from pg_namespace where nspname like 'holdfast_restored_%'`).length

  it('leaves no copy when it is killed while it makes one', async () => {
    expect(await killAt('restores.after-copy:kill', 'copy')).toMatchObject({
      status: 'failed',
      error: { code: 'interrupted' },
    })
    expect(await copies()).toBe(0)
  })

  it('has the copy whole when it is killed after the commit, and live as it was', async () => {
    expect(await killAt('operations.after-commit:kill', 'copy')).toMatchObject({
      status: 'succeeded',
      result: { writtenRows: 100, copy: { tables: [{ table: 'public.people', rows: 100 }] } },
    })
    expect(await copies()).toBe(1)
    expect(await count()).toBe(200)
  })

  it('gives up when the table stays locked, and writes nothing', async () => {
    const operation = await plan()
    await stage.target.sql.begin(async (transaction) => {
      await transaction`update public.people set name = name where id = 1`
      const done = await stage.run(operation)
      expect(done).toMatchObject({ status: 'failed', error: { code: 'table-locked' } })
    })
    expect(await count()).toBe(200)
  })

  it('may delete beyond the budgets within its own transaction, and only there', async () => {
    await stage.target.sql`insert into public.people select n, 'extra' from generate_series(1001, 1060) n`
    const { sql: target } = stage.target
    await stage.guard(guarded, 5)
    await expect(target`delete from public.people where id > 1000`).rejects.toMatchObject({ code: 'HF001' })
    const done = await stage.run(await plan('all'))
    expect(done).toMatchObject({ status: 'succeeded', result: { writtenRows: 160 } })
    expect(await count()).toBe(300)
    await expect(target`delete from public.people where id > 100`).rejects.toMatchObject({ code: 'HF001' })
    await stage.guard(guarded)
  })

  it('brings deleted rows back from the journal alone, and leaves out what an approved operation deleted', async () => {
    const since = new Date(Date.now() - 3_600_000).toISOString()
    await stage.target.sql`delete from public.people where id in (10, 11)`
    await stage.target.sql`insert into public.people values (11, 'made again')`
    await stage.target.sql`update holdfast.journal_statements set operation_id = null`
    const operation = await stage.restore({ source: { kind: 'journal', since } })
    expect(operation.error).toBeNull()
    const [people] = operation.summary!.tables
    // Rows 201 to 300 were deleted now, the 60 extra ones before by an operation.
    expect(people).toMatchObject({ missing: 101 + 60, changed: 0, newer: 1, extra: 0 })
    await stage.target.sql`update holdfast.journal_statements set operation_id = 'op' where id = (
      select distinct holdfast_statement_id from holdfast.${stage.target.sql((await journal()).name)} where id = 1001)`
    const again = await stage.restore({ source: { kind: 'journal', since } })
    expect(again.summary!.tables[0]).toMatchObject({ missing: 101 })
    const done = await stage.run(again)
    expect(done).toMatchObject({ status: 'succeeded', result: { writtenRows: 101 } })
    expect(await count()).toBe(300)
    const [kept] = await stage.target.sql`select name from public.people where id = 11`
    expect(kept).toEqual({ name: 'made again' })
  })

  const journal = async () => {
    const [row] = await stage.target.sql<{ name: string }[]>`
      select c.relname as name from holdfast.guarded_tables g join pg_class c on c.oid = g.journal`
    return row!
  }
})
