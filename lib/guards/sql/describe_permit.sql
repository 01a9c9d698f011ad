-- purpose:   what a permit allows, as the sentence that its session reads
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.describe_permit(permit holdfast.permits) returns text
language sql stable set search_path = '' as $body$
  select format('This transaction may %s up to %s %s of %s%s, until %s UTC. What goes is kept in the journal; nothing else is permitted.',
    permit.act, permit.max_rows, case permit.max_rows when 1 then 'row' else 'rows' end, g.table_name,
    ' where ' || permit.predicate, to_char(permit.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
  from holdfast.guarded_tables g where g.relation = permit.counts_as
$body$;
revoke all on function holdfast.describe_permit(holdfast.permits) from public;
