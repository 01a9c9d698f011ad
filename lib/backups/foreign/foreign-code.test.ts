import { createReadStream, existsSync, rmSync, statSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { withRestoredDump } from '#lib/backups/drills/restore-archive.ts'
import type { Dump } from '#lib/backups/drills/restore-dump.ts'
import type { RestoreAs } from '#lib/backups/drills/scratch-database.ts'
import type { ScratchNeeds } from '#lib/backups/drills/scratch-needs.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { dumpDatabase } from '#lib/testing/copy-database.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const mark = `/tmp/holdfast-test-mark-${process.pid}`

/** What a restore runs for every row: a check that starts a program of the server's account. */
const crafted = `
  create extension hstore;
  create function public.act(n int) returns boolean language plpgsql as $$
  begin
    if current_database() like 'holdfast_scratch_%' then
      execute 'copy (select 1) to program ''touch ${mark}''';
    end if;
    return true;
  end $$;
  create table public.rows (id int primary key check (public.act(id)), tags public.hstore);
  insert into public.rows values (1, 'a=>b')`

describe('an archive that others made', { timeout: 120_000 }, () => {
  let store: TestStore
  let scope: JobScope
  beforeAll(async () => {
    createTestDataDirectory()
    store = await createTestStore()
    scope = {
      ctx: store.ctx,
      signal: new AbortController().signal,
      phase: async () => {},
      progress: () => {},
    } as unknown as JobScope
  })

  const needs: ScratchNeeds = {
    databaseName: 'theirs',
    serverVersion: '15',
    serverVersionNumber: 150_000,
    systemIdentifier: null,
    serverStartedAt: null,
    encoding: 'UTF8',
    extensions: [],
    roles: [],
    pgDumpVersion: '15',
    rawBytes: 1_000_000,
  }

  const restore = async <T>(script: string, restoreAs: RestoreAs, work: (url: string) => Promise<T>) => {
    const { url } = await createTestDatabase(script)
    const { file } = await dumpDatabase(url, 15)
    const dump: Dump = {
      read: () => createReadStream(file, { highWaterMark: Math.min(statSync(file).size, 1 << 16) }),
      toolsMajor: 15,
    }
    return withRestoredDump(scope, { dump, needs }, { restoreAs }, ({ url: copy }) => work(copy))
  }

  it('would start programs if it were restored as a superuser', async () => {
    rmSync(mark, { force: true })
    await restore(crafted, 'superuser', async () => {}).catch(() => {})
    expect(existsSync(mark)).toBe(true)
    rmSync(mark, { force: true })
  })

  it('starts none when it is restored as an owner without privileges, and is not called bad for trying', async () => {
    rmSync(mark, { force: true })
    await expect(restore(crafted, 'owner', async () => {})).rejects.toMatchObject({
      code: 'drill-needs-superuser',
      kind: 'unavailable',
      message: expect.stringMatching(/pg_execute_server_program|permission denied/),
    })
    expect(existsSync(mark)).toBe(false)
  })

  it('is restored whole when it holds nothing that needs a superuser, extensions in their schemas included', async () => {
    const script = `
      create schema parts;
      create extension hstore with schema parts;
      create extension postgres_fdw;
      create server away foreign data wrapper postgres_fdw;
      create table parts.rows (id int generated always as identity primary key, tags parts.hstore);
      insert into parts.rows (tags) select ('a=>' || n)::parts.hstore from generate_series(1, 50) n;
      create index on parts.rows using gin (tags);
      create function parts.seen() returns event_trigger language plpgsql as 'begin end';
      create event trigger seen on ddl_command_end execute function parts.seen();
      select lo_from_bytea(0, 'large')`
    await restore(script, 'owner', async (url) => {
      const sql = connectToUrl(url, 'backup', { purpose: 'test' })
      try {
        expect(await sql`select count(*)::int as n from parts.rows`).toEqual([{ n: 50 }])
        const owners = await sql`
          select distinct pg_get_userbyid(relowner) as owner, r.rolsuper from pg_class
          join pg_namespace n on n.oid = relnamespace join pg_roles r on r.oid = relowner where nspname = 'parts'`
        expect(owners).toHaveLength(1)
        expect(owners[0]!.rolsuper).toBe(false)
        expect(await sql`select from pg_event_trigger`).toHaveLength(0)
        expect(await sql`select from pg_foreign_server`).toHaveLength(0)
      } finally {
        await sql.end()
      }
    })
  })

  it('leaves no role behind', async () => {
    await restore('create table public.t (id int)', 'owner', async () => {})
    await restore('create table public.t (id int)', 'superuser', async (url) => {
      const sql = connectToUrl(url, 'backup', { purpose: 'test' })
      const roles = await sql`select rolname from pg_roles where rolname like 'holdfast_scratch%'`
      await sql.end()
      expect(roles).toHaveLength(0)
    })
  })
})
