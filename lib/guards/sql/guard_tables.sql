-- purpose:   the guard's own tables: budgets, counters, permits, evidence, and who deleted what
-- runs as:   guard owner; safe to run again
-- locks:     none on the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create schema if not exists holdfast;

-- One row per guarded relation. A partition counts towards the budget of the table it belongs to.
create table if not exists holdfast.guarded_tables (
  relation regclass primary key,
  table_name text not null,
  counts_as regclass not null,
  journal regclass not null,
  mode text not null check (mode in ('refuse', 'warn')),
  statement_rows bigint,
  transaction_rows bigint,
  transaction_percent numeric,
  window_rows bigint,
  window_minutes integer not null,
  attempts regclass not null,
  last_attempt regclass not null,
  guarded_at timestamptz not null default now()
);

-- Held by a deleting transaction until its end, so that two of them never both see room for their rows.
create table if not exists holdfast.deletion_gates (
  relation regclass primary key,
  transaction_id xid8,
  transaction_started timestamptz,
  transaction_rows bigint not null default 0
) with (fillfactor = 50);

create table if not exists holdfast.deletions_by_minute (
  relation regclass not null,
  minute timestamptz not null,
  rows bigint not null,
  primary key (relation, minute)
) with (fillfactor = 50);

-- A transaction in this table may delete beyond the budgets: an approved operation opened it.
create table if not exists holdfast.permits (
  transaction_id xid8 primary key,
  transaction_started timestamptz not null,
  operation_id text not null,
  opened_by text not null
);

create table if not exists holdfast.journal_statements (
  id bigint generated always as identity primary key,
  relation regclass not null,
  table_name text not null,
  transaction_id xid8 not null,
  deleted_at timestamptz not null,
  rows bigint not null,
  role_name text not null,
  application_name text,
  client_address text,
  statement text,
  -- The budget that was exceeded, where the table's mode is to warn.
  exceeded text,
  operation_id text,
  -- Why the images of these rows were not kept. Null: they were.
  journal_problem text
);
create index if not exists journal_statements_transaction_id_idx on holdfast.journal_statements (transaction_id);

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
  statement text
);
create index if not exists refused_attempts_recorded_at_idx on holdfast.refused_attempts (recorded_at);

-- How the evidence gets out of a refused transaction; empty where that could not be set up.
create table if not exists holdfast.evidence_link (
  id boolean primary key default true check (id),
  host text not null,
  role_name text not null,
  password text not null
);

-- The watching role sees who deleted how much, never the deleted rows or the link's password.
grant usage on schema holdfast to pg_monitor;
grant select on holdfast.guarded_tables, holdfast.journal_statements, holdfast.refused_attempts to pg_monitor;
