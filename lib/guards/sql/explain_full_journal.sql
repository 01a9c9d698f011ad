-- purpose:   why the old images of a large statement are not kept: they would take the journals beyond their size; null: there is room
-- runs as:   guard owner; called by the guard triggers only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.explain_full_journal(relation regclass, rows bigint) returns text
language plpgsql set search_path = '' as $body$
#variable_conflict use_variable
declare
  most bigint;
  taken bigint;
  needed bigint;
begin
  select g.journal_bytes into most from holdfast.guarded_tables g where g.relation = explain_full_journal.relation;
  select sum(pg_total_relation_size(c.oid)) into taken
  from pg_catalog.pg_class c
  where c.relnamespace = 'holdfast'::regnamespace and c.relkind = 'r' and c.relname ~ '^(j|journal_statements_)\d{12}';
  -- Deleted rows are still in the table's files, so its size over its rows is the size of one.
  select (pg_relation_size(c.oid) / greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid) + rows, 1)) * rows into needed
  from pg_catalog.pg_class c where c.oid = relation;
  if coalesce(taken, 0) + needed > most then
    return format('the journals take %s and may take %s', pg_size_pretty(taken), pg_size_pretty(most));
  end if;
  return null;
end
$body$;
revoke all on function holdfast.explain_full_journal(regclass, bigint) from public;
