-- purpose:   the deletion permit that this transaction opened for this table and act, if any
-- runs as:   guard owner; called by the guard triggers only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.find_permit(relation regclass, act text) returns holdfast.permits
language plpgsql stable security definer set search_path = '' as $body$
#variable_conflict use_column
declare
  permit holdfast.permits;
begin
  select p.* into permit from holdfast.permits p join holdfast.guarded_tables g on g.counts_as = p.counts_as
  where p.kind = 'deletion' and p.transaction_id = pg_current_xact_id() and p.transaction_started = now()
    and g.relation = find_permit.relation and p.act = find_permit.act
  limit 1;
  return permit;
end
$body$;
revoke all on function holdfast.find_permit(regclass, text) from public;
