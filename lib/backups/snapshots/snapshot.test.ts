import { beforeAll, describe, expect, it } from 'vitest'
import { getBackup, listBackups } from '#lib/backups/queries.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { noticeGoneSnapshots } from '#lib/backups/snapshots/notice-gone-snapshots.ts'
import { snapshotTableOf } from '#lib/backups/snapshots/snapshot-tables.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { type BackupStage, createBackupStage, oddScript } from '#lib/testing/backup-stage.ts'

const odd = ['public."e""mail"', 'public."bazaar-vid_user"', 'public."naïve 名"', 'public.split']
const table = (name: string): TableName => ({ schema: 'public', name })

describe('a snapshot', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let snapshot: BackupDetails

  beforeAll(async () => {
    stage = await createBackupStage(`${oddScript}
      create schema other; create table other.split (id int primary key); insert into other.split values (1)`)
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const protectedTables = [...odd, 'other.split'].map((name) => ({ table: name }))
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables },
      }),
    )
    snapshot = await stage.take('snapshot')
  })

  const schemas = async () => {
    const rows = await stage.target.sql<{ nspname: string }[]>`
      select nspname from pg_namespace where nspname like 'holdfast\\_snapshot\\_%' order by 1`
    return rows.map(({ nspname }) => nspname)
  }

  it('holds every protected table, whatever its name, proven against its facts', async () => {
    expect(snapshot.error).toBeNull()
    expect(snapshot).toMatchObject({ status: 'good', verification: 'checksum' })
    expect(snapshot.facts!.tables.map(({ schema, name, rows }) => [schema, name, rows])).toEqual([
      ['public', 'e"mail', 300],
      ['public', 'bazaar-vid_user', 250],
      ['public', 'naïve 名', 2],
      ['public', 'split', 90],
      ['other', 'split', 1],
    ])
    expect(await schemas()).toEqual([snapshot.location])
  })

  it('shows each copy with the columns and types of the live table', async () => {
    for (const name of ['e"mail', 'bazaar-vid_user', 'naïve 名', 'split']) {
      const { copy } = snapshotTableOf(snapshot, table(name))
      const [row] = await stage.target.sql.unsafe(
        `select count(*)::int as differing from (
           (select * from ${quoteTable(copy)} except all select * from ${quoteTable(table(name))})
           union all
           (select * from ${quoteTable(table(name))} except all select * from ${quoteTable(copy)})) d`,
      )
      expect(row).toEqual({ differing: 0 })
    }
  })

  it('gives nothing to public, also where new tables are granted by default', async () => {
    await stage.target.sql.unsafe('alter default privileges grant all on tables to public')
    const another = await stage.take('snapshot')
    await stage.target.sql.unsafe('alter default privileges revoke all on tables from public')
    const [row] = await stage.target.sql`
      select count(*)::int as open from pg_class c join pg_namespace n on n.oid = c.relnamespace,
        lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
      where n.nspname = ${another.location} and a.grantee = 0`
    expect(row).toEqual({ open: 0 })
    const [schema] = await stage.target.sql`
      select has_schema_privilege('pg_monitor', ${another.location!}, 'usage') as usable`
    expect(schema).toEqual({ usable: false })
  })

  it('is closed to applications that get every new schema, table and view by default', async () => {
    const { sql } = stage.target
    const app = `app_${process.pid}`
    await sql.unsafe(`create role ${app} login password 'secret';
      alter default privileges grant all on schemas to ${app};
      alter default privileges grant all on tables to ${app};
      alter default privileges grant select on tables to public`)
    try {
      const taken = await stage.take('snapshot')
      expect(taken.error).toBeNull()
      const [seen] = await sql<{ schema: boolean; relations: number }[]>`
        select has_schema_privilege(${app}, ${taken.location}, 'usage') or has_schema_privilege(${app}, ${taken.location}, 'create') as schema,
          count(*) filter (where has_table_privilege(${app}, c.oid, 'select, insert, update, delete, truncate'))::int as relations
        from pg_class c where c.relnamespace = ${taken.location}::regnamespace and c.relkind in ('r', 'v')`
      expect(seen).toEqual({ schema: false, relations: 0 })
      const mine = connectToUrl(stage.target.url.replace(/\/\/[^@]+@/, `//${app}:secret@`), 'owner', {
        purpose: 'test',
      })
      const { copy } = snapshotTableOf(taken, table('split'))
      await expect(mine.unsafe(`select from ${quoteTable(copy)}`)).rejects.toMatchObject({ code: '42501' })
      await mine.end()
    } finally {
      await sql.unsafe(`alter default privileges revoke all on schemas from ${app};
        alter default privileges revoke all on tables from ${app};
        alter default privileges revoke select on tables from public;
        drop owned by ${app}; drop role ${app}`)
    }
  })

  it('can be taken twice within one second', async () => {
    const [a, b] = [await stage.take('snapshot'), await stage.take('snapshot')]
    expect([a.status, b.status]).toEqual(['good', 'good'])
    expect(a.location).not.toBe(b.location)
  })

  it('shows rows of one moment while they move between tables', async () => {
    const { sql } = stage.target
    let moving = true
    const mover = (async () => {
      while (moving) {
        await sql.begin(async (tx) => {
          await tx`delete from other.split where id = 1`
          await tx`insert into public.split values (1000, 'a')`
        })
        await sql.begin(async (tx) => {
          await tx`insert into other.split values (1)`
          await tx`delete from public.split where id = 1000`
        })
      }
    })()
    const totals = []
    for (let i = 0; i < 5; i++) {
      const { facts, status, id } = await stage.take('snapshot')
      if (status === 'suspicious') await stage.accept(id)
      totals.push(
        facts!.tables.filter(({ name }) => name === 'split').reduce((sum, { rows }) => sum + rows, 0),
      )
    }
    moving = false
    await mover
    expect(totals).toEqual([91, 91, 91, 91, 91])
  })

  it('is failed by verification when somebody changes one value in a copy', async () => {
    const victim = await stage.take('snapshot')
    expect((await stage.verify(victim.id)).run.status).toBe('succeeded')
    const { stored } = snapshotTableOf(victim, table('bazaar-vid_user'))
    await stage.target.sql.unsafe(
      `update ${quoteTable(stored)} set status = 'off' where ctid = (select min(ctid) from ${quoteTable(stored)})`,
    )
    const { run, backup } = await stage.verify(victim.id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'snapshot-damaged' } })
    expect(run.error!.message).toContain('public."bazaar-vid_user": its rows differ')
    expect(backup).toMatchObject({ status: 'failed', verification: null })
  })

  it('is failed by verification when a copy was dropped', async () => {
    const victim = await stage.take('snapshot')
    await stage.target.sql.unsafe(
      `drop table ${quoteTable(snapshotTableOf(victim, table('split')).stored)} cascade`,
    )
    expect((await stage.verify(victim.id)).run.error!.message).toContain('public.split: its copy is gone')
  })

  it('is noticed when its tables are gone, and again when they are back', async () => {
    const { ctx } = stage.store
    const victim = await stage.take('snapshot')
    const asked = async () => {
      const runs = await noticeGoneSnapshots(ctx, stage.target.id)
      // What is being looked at is not asked for twice.
      if (runs.length > 0) expect(await noticeGoneSnapshots(ctx, stage.target.id)).toEqual([])
      for (const { jobRunId } of runs) await stage.run(jobRunId)
      return runs.map(({ backupId }) => backupId)
    }
    expect(await asked()).toEqual([])
    const schema = quoteIdentifier(victim.location!)
    await stage.target.sql.unsafe(`alter schema ${schema} rename to elsewhere`)
    expect(await asked()).toEqual([victim.id])
    const gone = { status: 'failed', verification: null, error: { code: 'snapshot-gone' } }
    expect(await getBackup(ctx.db, victim.id)).toMatchObject(gone)
    expect(await asked()).toEqual([])
    await stage.target.sql.unsafe(`alter schema elsewhere rename to ${schema}`)
    expect(await asked()).toEqual([victim.id])
    const back = { status: 'good', verification: 'checksum', error: null }
    expect(await getBackup(ctx.db, victim.id)).toMatchObject(back)
  })

  it('leaves nothing in the target when it fails', async () => {
    const before = await schemas()
    await stage.target.sql.begin(async (holder) => {
      await holder`lock table public."naïve 名" in access exclusive mode`
      expect(await stage.take('snapshot')).toMatchObject({
        status: 'failed',
        error: { code: 'backup-locked' },
      })
    })
    expect(await schemas()).toEqual(before)
  })

  it('survives the loss of the whole schema, with the values of the schema’s own types', async () => {
    const last = await stage.take('snapshot')
    await stage.target.sql`drop schema public cascade`
    const { backup } = await stage.verify(last.id)
    expect(backup).toMatchObject({ status: 'good', verification: 'checksum' })
    const [row] = await stage.target.sql.unsafe(
      `select mood, handle from ${quoteTable(snapshotTableOf(last, table('e"mail')).stored)} where id = 2`,
    )
    expect(row).toEqual({ mood: 'well', handle: 'Handle2' })
  })

  it('goes when the retention says so, the newest one excepted', async () => {
    const { db } = stage.store
    const taken = (await listBackups(db, { targetId: stage.target.id })).filter(({ takenAt }) => takenAt)
    const newest = taken
      .filter(({ status }) => status === 'good')
      .sort((x, y) => +y.takenAt! - +x.takenAt!)[0]!
    await db.$client`update backups set finished_at = finished_at - interval '10 days'
      where target_id = ${stage.target.id} and id <> ${newest.id}`
    const scope = { ctx: stage.store.ctx } as JobScope
    const expired = await expireBackups(scope, stage.target.id)
    expect(new Set(expired)).toEqual(new Set(taken.map(({ id }) => id).filter((id) => id !== newest.id)))
    expect((await getBackup(db, expired[0]!)).status).toBe('expired')
    expect(await schemas()).toEqual([newest.location])
  })
})
