-- purpose:   the guard's own tables: budgets, counters, permits, evidence, and who deleted what
-- runs as:   guard owner; safe to run again
-- locks:     none on the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create schema if not exists holdfast;

-- The first make kept its budgets elsewhere. Its journals stay, under another name; everything else is built anew.
do $$
declare
  old record;
begin
  if exists (
    select from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass('holdfast.guarded_tables') and a.attname = 'statement_rows' and not a.attisdropped
  ) then
    for old in
      select c.relname from pg_catalog.pg_class c
      where c.relnamespace = 'holdfast'::regnamespace and c.relkind = 'r' and c.relname ~ '^journal_'
    loop
      execute format('alter table holdfast.%I rename to %I', old.relname, left('old_' || old.relname, 63));
    end loop;
    for old in
      select p.oid::regprocedure as name from pg_catalog.pg_proc p
      where p.pronamespace = 'holdfast'::regnamespace and p.proname ~ '^(guard_delete_|count_deletion$|refuse_change$)'
    loop
      execute format('drop function %s cascade', old.name);
    end loop;
    drop table holdfast.guarded_tables, holdfast.permits, holdfast.deletion_gates, holdfast.deletions_by_minute cascade;
    alter table holdfast.evidence_link drop column if exists host;
  end if;
end $$;

-- One row per guarded relation. A partition counts towards the budget of the table it belongs to.
create table if not exists holdfast.guarded_tables (
  relation regclass primary key,
  table_name text not null,
  counts_as regclass not null,
  journal regclass not null,
  mode text not null check (mode in ('refuse', 'warn')),
  -- What all journals together may take; beyond it the images of large statements are not kept.
  journal_bytes bigint not null,
  attempts regclass not null,
  last_attempt regclass not null,
  guarded_at timestamptz not null default now()
);

-- A role's own budget holds instead of the one of everybody (role_name ''). Null: no limit of that kind.
create table if not exists holdfast.budgets (
  counts_as regclass not null,
  act text not null check (act in ('delete', 'update')),
  role_name text not null,
  statement_rows bigint,
  transaction_rows bigint,
  window_rows bigint,
  statement_percent numeric,
  transaction_percent numeric,
  window_percent numeric,
  window_minutes integer not null,
  -- Sequences, because they neither roll back nor lock: rows counted one by one, by the thousand, and the total at which
  -- the window began at the latest.
  ones regclass not null,
  thousands regclass not null,
  window_from regclass not null,
  primary key (counts_as, act, role_name)
);

-- kind 'operation': the one transaction of an approved operation. kind 'deletion': opened once by a session that has its secret.
create table if not exists holdfast.permits (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('operation', 'deletion')),
  operation_id text not null,
  counts_as regclass,
  act text check (act in ('delete', 'update')),
  role_name text,
  max_rows bigint,
  used_rows bigint not null default 0,
  predicate text,
  secret_hash bytea,
  opens_at timestamptz,
  expires_at timestamptz,
  transaction_id xid8,
  -- Compared too: after a restore into another cluster, transaction ids repeat.
  transaction_started timestamptz,
  opened_by text,
  opened_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  check (kind = 'operation' and transaction_id is not null
    or kind = 'deletion' and secret_hash is not null and expires_at is not null and max_rows is not null)
);
create index if not exists permits_transaction_id_idx on holdfast.permits (transaction_id);

create sequence if not exists holdfast.statement_ids cache 32;

-- One row per statement that deleted or overwrote protected rows. Kept in tables by period that inherit from this one, because
-- writing into a declared partition costs each statement another 10 µs; forgetting is dropping the oldest.
create table if not exists holdfast.journal_statements (
  id bigint not null,
  relation regclass not null,
  counts_as regclass not null,
  table_name text not null,
  act text not null,
  transaction_id xid8 not null,
  changed_at timestamptz not null,
  rows bigint not null,
  -- Of this transaction, table, act and budget so far, this statement included.
  transaction_rows bigint not null,
  -- What the budget's sequences stood at; null under a permit.
  counted bigint,
  budget_role text not null,
  role_name text not null,
  application_name text,
  client_address text,
  statement text,
  -- The budget that was exceeded, where the table's mode is to warn.
  exceeded text,
  operation_id text,
  permit_id uuid,
  -- Why the images of these rows were not kept. Null: they were, or need not be.
  journal_problem text
);
-- Narrow ones: every guarded statement pays for them.
create index if not exists journal_statements_transaction_id_idx on holdfast.journal_statements (transaction_id, id);
create index if not exists journal_statements_changed_at_idx on holdfast.journal_statements (counts_as, changed_at);
-- Where a publication is FOR ALL TABLES, nothing could be forgotten without one.
alter table holdfast.journal_statements replica identity full;

-- Written on a connection of its own, so that it outlives the refused transaction.
create table if not exists holdfast.refused_attempts (
  id uuid primary key default gen_random_uuid(),
  attempted_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  table_name text not null,
  attempt bigint not null,
  rows bigint,
  exceeded text not null,
  role_name text not null,
  application_name text,
  client_address text,
  transaction_id text,
  statement text,
  act text
);
create index if not exists refused_attempts_recorded_at_idx on holdfast.refused_attempts (recorded_at);

-- How the evidence gets out of a refused transaction; empty where that could not be set up.
create table if not exists holdfast.evidence_link (
  id boolean primary key default true check (id),
  role_name text not null,
  password text not null
);

-- The roles of scripts and AI agents: no DDL of theirs passes. By name, so that the guard can be restored into a server
-- that does not have them.
create table if not exists holdfast.agents (
  role_name text primary key,
  granted_at timestamptz not null default now()
);
create sequence if not exists holdfast.attempts_agents minvalue 0 start 1;
create sequence if not exists holdfast.last_attempt_agents minvalue 0 start 1;

-- pg_monitor sees who deleted how much, never the deleted rows or the link's password. (pg_read_all_data sees everything.)
grant usage on schema holdfast to pg_monitor;
grant select on holdfast.guarded_tables, holdfast.budgets, holdfast.agents, holdfast.journal_statements, holdfast.refused_attempts to pg_monitor;
