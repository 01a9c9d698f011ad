import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { getBackup } from '#lib/backups/queries.ts'
import type { SignedArchiveManifest } from '#lib/backups/types.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { resignManifest, storedFiles } from '#lib/testing/stored-archive.ts'

const script = `
  create table public.orders (id int generated always as identity primary key, note text, amount numeric(10, 2));
  insert into public.orders (note, amount) select 'order ' || n, n from generate_series(1, 2000) n;
  create table public.lines (order_id int constraint of_order references public.orders, n int);
  insert into public.lines select n, 1 from generate_series(1, 2000) n;
  create sequence public.tickets;
  select setval('public.tickets', 500)`

/**
 * An archive as a broken backup tool makes one: the dump holds the changed database, the signed facts are those of what
 * should have been dumped.
 */
async function takeBroken(stage: BackupStage, change: string): Promise<string> {
  const before = await stage.take('archive')
  await stage.target.sql.unsafe(change)
  const after = await stage.take('archive')
  const path = storedFiles(stage.data, after).manifest
  const { manifest } = JSON.parse(readFileSync(path, 'utf8')) as SignedArchiveManifest
  const old = JSON.parse(
    readFileSync(storedFiles(stage.data, before).manifest, 'utf8'),
  ) as SignedArchiveManifest
  resignManifest(path, stage.store.ctx.keys!, {
    ...manifest,
    facts: old.manifest.facts,
    sequencesUpTo: old.manifest.sequencesUpTo,
  })
  return after.id
}

describe('an archive whose dump does not hold what its facts say', { timeout: 120_000 }, () => {
  let stage: BackupStage
  beforeAll(async () => {
    stage = await createBackupStage(script)
  })

  it('names every table that differs', async () => {
    const backupId = await takeBroken(
      stage,
      'delete from public.lines where order_id < 20; delete from public.orders where id < 10',
    )
    const drill = await stage.drill(backupId)
    const rows = drill.differences.filter(({ kind }) => kind === 'rows').map(({ subject }) => subject)
    expect(rows).toEqual(expect.arrayContaining(['public.lines', 'public.orders']))
  })

  it.each([
    ['one row is missing', 'delete from public.lines where order_id = 1777', 'rows', 'public.lines'],
    [
      'one value is changed',
      'update public.orders set amount = amount + 0.01 where id = 1234',
      'checksum',
      'public.orders',
    ],
    [
      'two values changed places',
      `update public.orders set note = 'order ' || case id when 50 then 60 else 50 end where id in (50, 60)`,
      'checksum',
      'public.orders',
    ],
    ['a sequence lags behind', `select setval('public.tickets', 100)`, 'sequence', 'public.tickets'],
    [
      'a constraint is not validated',
      'alter table public.lines drop constraint of_order; alter table public.lines add constraint of_order foreign key (order_id) references public.orders not valid',
      'constraint',
      'of_order on public.lines',
    ],
    ['a table is missing', 'drop table public.lines', 'missing', 'public.lines'],
  ])('fails its drill, which names it, when %s', async (_, change, kind, subject) => {
    const backupId = await takeBroken(stage, change)
    const drill = await stage.drill(backupId)
    expect(drill).toMatchObject({ verdict: 'failed', error: null })
    expect(drill.differences[0]).toMatchObject({ kind, subject })
    const backup = await getBackup(stage.store.db, backupId)
    expect(backup).toMatchObject({ status: 'suspicious', verification: 'restored' })
  })
})

describe('an index that does not agree with its table', { timeout: 120_000 }, () => {
  it('fails the drill, which names it, though every row is there', async () => {
    const stage = await createBackupStage(`
      create table public.orders (id int primary key);
      insert into public.orders select generate_series(1, 100);
      create function public.lying(n int) returns float8 language plpgsql immutable as 'begin return n + random(); end';
      create index by_lie on public.orders (public.lying(id))`)
    const archive = await stage.take('archive')
    const drill = await stage.drill(archive.id)
    expect(drill).toMatchObject({ verdict: 'failed', error: null })
    expect(drill.differences).toEqual([
      expect.objectContaining({ kind: 'corrupt', subject: 'public.by_lie' }),
    ])
  })
})
