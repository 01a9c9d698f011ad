import type postgres from 'postgres'

import { acceptBackup } from '#lib/backups/accept-backup.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { getBackup, getDrill } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import type { BackupDetails, BackupKind, Drill } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobRun } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { backupHandlers } from '#lib/testing/backup-handlers.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

export interface BackupStage {
  store: TestStore
  /** The registered target's name, id, URL, and a pool to play its application. */
  target: { name: string; id: string; url: string; sql: postgres.Sql }
  data: string
  run(jobRunId: string): Promise<JobRun>
  take(kind: BackupKind): Promise<BackupDetails>
  verify(backupId: string): Promise<{ run: JobRun; backup: BackupDetails }>
  drill(backupId?: string): Promise<Drill>
  accept(backupId: string): Promise<void>
}

/** A store, a registered target made by `script`, and an own data directory; all gone at the end of the file. */
export async function createBackupStage(
  script: string,
  options: { url?(url: string): string } = {},
): Promise<BackupStage> {
  const data = createTestDataDirectory()
  const store = await createTestStore()
  const database = await createTestDatabase(script)
  const url = options.url?.(database.url) ?? database.url
  const name = `t-${database.database.slice(-12)}`
  const added = unwrap(await addTarget(store.ctx, { name, url, environment: 'production' }))

  const run = async (jobRunId: string): Promise<JobRun> => {
    await runJob(store.ctx, backupHandlers, jobRunId, `test:${process.pid}`)
    return getJobRun(store.db, jobRunId)
  }
  return {
    store,
    target: { name, id: added.id, url, sql: database.sql },
    data,
    run,
    async take(kind) {
      const { backupId, jobRunId } = unwrap(await requestBackup(store.ctx, { target: name, kind }))
      await run(jobRunId)
      return getBackup(store.db, backupId)
    },
    async verify(backupId) {
      const { jobRunId } = unwrap(await requestVerification(store.ctx, { backupId }))
      return { run: await run(jobRunId), backup: await getBackup(store.db, backupId) }
    },
    async drill(backupId) {
      const { drillId, jobRunId } = unwrap(
        await requestDrill(store.ctx, { target: name, ...(backupId ? { backupId } : {}) }),
      )
      await run(jobRunId)
      return getDrill(store.db, drillId)
    },
    async accept(backupId) {
      unwrap(await acceptBackup(store.ctx, { backupId, reason: 'meant' }))
    },
  }
}

/** Tables with every kind of odd name and type that a copy must bring back unchanged. */
export const oddScript = `
  create extension citext;
  create type public.mood as enum ('well', 'ill');
  create domain public.address as text check (value like '%@%');
  create table public."e""mail" (id bigint generated always as identity primary key, address public.address,
    lower_address text generated always as (lower(address)) stored, mood public.mood, handle public.citext, body bytea,
    document jsonb, tags text[], moods public.mood[], span tstzrange, at timestamptz, amount float8);
  create table public."naïve 名" ("a b" text, "%s" text);
  create table public."bazaar-vid_user" ("select" uuid primary key default gen_random_uuid(), email_id bigint references public."e""mail",
    status varchar(10) not null check (status in ('on', 'off')));
  create table public.split (id int, part text) partition by list (part);
  create table public.split_a partition of public.split for values in ('a');
  create table public.split_b partition of public.split default;
  create sequence public.tickets start 1000 increment -5 minvalue -100000 maxvalue 100000;
  create materialized view public.summary as select count(*) as n from public.split;
  create index on public."bazaar-vid_user" (status) where status in ('on', 'off');
  create function public.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touch before update on public."bazaar-vid_user" for each row execute function public.touch();
  create view public.people as select id, address from public."e""mail" where mood = 'well';
  alter table public."naïve 名" enable row level security;
  create policy mine on public."naïve 名" to public using ("a b" = current_user);
  insert into public."e""mail" (address, mood, handle, body, document, tags, moods, span, at, amount)
  select 'p' || n || '@x.example', case when n % 2 = 0 then 'well' else 'ill' end::public.mood, 'Handle' || n,
    decode(lpad(to_hex(n), 4, '0'), 'hex'), jsonb_build_object('n', 9007199254740993 + n), array['a,b', null, '"'],
    array['ill', 'well']::public.mood[], tstzrange(null, '2024-02-29 12:00+00'), 'infinity', 'NaN'
  from generate_series(1, 300) n;
  insert into public."naïve 名" select E'same\\n', 'row;--$$' from generate_series(1, 2);
  insert into public."bazaar-vid_user" (email_id, status) select n, 'on' from generate_series(1, 250) n;
  insert into public.split select n, case when n % 3 = 0 then 'a' else 'b' end from generate_series(1, 90) n;
  select nextval('public.tickets'), nextval('public.tickets');
`
