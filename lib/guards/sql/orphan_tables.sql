-- purpose:   what the orphaning rule keeps: a lock row per user and organisation, and the suspects of open transactions
-- runs as:   guard owner; safe to run again
-- locks:     none on the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql

-- Whoever takes a membership away writes the row of its user first. A second one waits for it and then sees what it did, or
-- fails with 40001 where its snapshot is older (REPEATABLE READ, SERIALIZABLE). A mere row lock would not do that.
create table if not exists holdfast.membership_locks (
  -- A hash of rule, kind and key: a third of the cost of the words, and nobody's id is kept. Two that share one wait in vain.
  key bigint primary key,
  touched_by xid8 not null,
  touched_at timestamptz not null,
  -- Set by pruning, cleared by the next touch. A day later the row may go: older snapshots are turned away.
  idle_since timestamptz
) with (fillfactor = 70);

-- Empty whenever no transaction is open: looked at again at commit, and gone then. So it need not outlive a crash.
create unlogged table if not exists holdfast.orphan_suspects (
  id bigint generated always as identity primary key,
  rule text not null,
  kind text not null check (kind in ('user', 'organization', 'reference')),
  relation regclass not null,
  checked_by name not null,
  keys text[] not null,
  organizations text[] not null,
  -- At commit it is not known any more.
  statement text
);
