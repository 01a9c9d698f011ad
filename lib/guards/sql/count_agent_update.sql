-- purpose:   statement trigger function of agents: counts what keep_overwritten has kept of this statement
-- runs as:   guard owner (security definer), in the agent's session only
-- locks:     none that others wait for
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.count_agent_update() returns trigger
language plpgsql security definer set search_path = '' as $body$
begin
  -- Row triggers have run by now; the ones of partitions too.
  perform holdfast.count_overwritten(tg_relid);
  return null;
end
$body$;
revoke all on function holdfast.count_agent_update() from public;
