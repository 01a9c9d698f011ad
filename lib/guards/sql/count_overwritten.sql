-- purpose:   counts the rows that an agent's statement has overwritten in a table so far against its budget; refuses or records them
-- runs as:   guard owner; called by the agents' triggers only
-- locks:     none that others wait for
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.count_overwritten(relation regclass) returns void
language plpgsql security definer set search_path = '' as $body$
declare
  setting text;
  so_far bigint[];
begin
  select 'holdfast.overwritten_' || g.counts_as::oid into setting
  from holdfast.guarded_tables g where g.relation = count_overwritten.relation;
  so_far := string_to_array(nullif(current_setting(setting, true), ''), ',')::bigint[];
  if so_far is null then
    return;
  end if;
  perform holdfast.count_change(count_overwritten.relation, 'update', so_far[1], so_far[2],
    nullif(current_setting('holdfast.overwritten_problem', true), ''), null, null);
  perform set_config(setting, '', true);
  perform set_config('holdfast.overwritten_problem', '', true);
end
$body$;
revoke all on function holdfast.count_overwritten(regclass) from public;
