-- purpose:   the statements that forget what the guards keep: whole periods that ended before a moment, and the oldest over a size
-- runs as:   guard owner; $1 the moment, $2 the most bytes that all journals may take
-- locks:     the journal, for a moment; never the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; the images are gone
with part as (
  select c.oid, c.relname, p.relname as journal, substring(c.relname from '^(?:j|journal_statements_)(\d{12})') as begins,
    pg_total_relation_size(c.oid) as bytes
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  join pg_catalog.pg_class p on p.oid = i.inhparent
  join pg_catalog.pg_namespace n on n.oid = p.relnamespace
  where n.nspname = 'holdfast' and c.relname ~ '^(j|journal_statements_)\d{12}'
), sized as (
  -- A period ends when the next one begins. Counted from the newest back: what lies beyond the size goes.
  select p.*, lead(p.begins) over (partition by p.journal order by p.begins) as ends,
    sum(p.bytes) over (order by p.begins desc, p.relname) as bytes_up_to_it
  from part p
), ended as (
  select s.*, to_timestamp(s.ends || '+00', 'YYYYMMDDHH24MITZH') as ended_at from sized s where s.ends is not null
)
select 'period' as kind, e.journal, e.begins, e.ended_at as "endedAt", e.ended_at > $1::timestamptz as "isEarly",
  e.bytes::text as bytes, format('drop table holdfast.%I', e.relname) as statement
from ended e
where e.ended_at <= $1::timestamptz or e.bytes_up_to_it > $2::bigint
union all
select 'rows', t.relation, null, null, false, '0', format('delete from only holdfast.%s t where t.%I < %L', t.relation, t.moment, $1::timestamptz)
-- What agents' triggers record stands in the journals' own tables.
from (values ('refused_attempts', 'recorded_at'), ('permits', 'created_at'), ('journal_statements', 'changed_at')) as t (relation, moment)
union all
-- In two steps a day apart: who began in between is turned away by the mark, and who began before by touch_membership_locks.
select 'rows', 'membership_locks', null, null, false, '0', t.statement
from (values (
  $body$delete from holdfast.membership_locks l where l.key in (
    select k.key from holdfast.membership_locks k
    where k.idle_since < clock_timestamp() - interval '1 day' for update skip locked)$body$
), (
  $body$with marked as (
    update holdfast.membership_locks l set idle_since = clock_timestamp() where l.key in (
      select k.key from holdfast.membership_locks k
      where k.idle_since is null and k.touched_at < now() - interval '1 day' for update skip locked)
  ) select where false$body$
)) as t (statement)
where to_regclass('holdfast.membership_locks') is not null
union all
select 'rows', g.journal::text, null, null, false, '0',
  format('delete from only %s t where t.holdfast_changed_at < %L', g.journal, $1::timestamptz)
from (select distinct g.journal from holdfast.guarded_tables g) g
order by 1, 3, 2
