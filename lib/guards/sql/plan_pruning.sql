-- purpose:   the statements that forget what the guards keep: whole weeks that ended before a moment, and the oldest ones over a size
-- runs as:   guard owner; $1 the moment, $2 the most bytes that all journals may take
-- locks:     the journal, for a moment; never the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; the images are gone
with week as (
  select c.oid, c.relname, p.relname as journal,
    to_date(substring(c.relname from '^(?:j|journal_statements_)(\d{8})'), 'YYYYMMDD') as first, pg_total_relation_size(c.oid) as bytes
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  join pg_catalog.pg_class p on p.oid = i.inhparent
  join pg_catalog.pg_namespace n on n.oid = p.relnamespace
  where n.nspname = 'holdfast' and c.relname ~ '^(j|journal_statements_)\d{8}'
), sized as (
  -- Counted from the newest week back: what lies beyond the size goes, but never the current week.
  select w.*, sum(w.bytes) over (order by w.first desc, w.relname) as bytes_up_to_it from week w
), forgotten as (
  select s.*, s.first + 7 > ($1::timestamptz at time zone 'UTC')::date as is_early from sized s
  where s.first + 7 <= (now() at time zone 'UTC')::date
    and (s.first + 7 <= ($1::timestamptz at time zone 'UTC')::date or s.bytes_up_to_it > $2::bigint)
)
select 'week' as kind, f.journal, f.first::text as week, f.is_early as "isEarly", f.bytes::text as bytes,
  format('drop table holdfast.%I', f.relname) as statement
from forgotten f
union all
select 'rows', t.relation, null, false, '0', format('delete from holdfast.%s t where t.%I < %L', t.relation, t.moment, $1::timestamptz)
from (
  values ('refused_attempts', 'recorded_at'), ('permits', 'created_at'), ('journal_statements_rest', 'changed_at')
) as t (relation, moment)
union all
select 'rows', c.relname, null, false, '0',
  format('delete from holdfast.%I t where t.holdfast_changed_at < %L', c.relname, $1::timestamptz)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'holdfast' and c.relname ~ '^j_rest_' and c.relkind = 'r'
order by 1 desc, 3, 2
