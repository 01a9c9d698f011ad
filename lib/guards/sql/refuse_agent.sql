-- purpose:   event trigger function: refuses every DDL command of an agent's role, and says what to do instead
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_agent() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
begin
  if to_regclass('holdfast.agents') is null then
    return;
  end if;
  -- SET ROLE does not change the session's user.
  if not exists (select from holdfast.agents a where a.role_name = session_user) then
    return;
  end if;
  -- The table that the statement names, so that the attempt stands with it; else the attempt stands for the whole database.
  select g.* into guarded from holdfast.guarded_tables g join pg_catalog.pg_class c on c.oid = g.relation
  where current_query() ~* ('\m' || regexp_replace(c.relname, '([^[:alnum:]_])', '\\\1', 'g') || '\M')
  order by g.relation = g.counts_as desc, length(c.relname) desc
  limit 1;
  if not found then
    select g.* into guarded from holdfast.guarded_tables g where g.relation = g.counts_as order by g.relation limit 1;
    guarded.table_name := '(schema)';
    guarded.attempts := coalesce(to_regclass('holdfast.attempts_agents'), guarded.attempts);
    guarded.last_attempt := coalesce(to_regclass('holdfast.last_attempt_agents'), guarded.last_attempt);
  end if;
  perform holdfast.refuse_change(guarded, 'HF006', null, 'agent',
    format('Holdfast: %s is refused for the agent role %s. This database is guarded by Holdfast; nothing was changed. '
      'File the migration as a deployment: holdfast deployments validate NAME --migration FILE', tg_tag, session_user),
    'This database is guarded by Holdfast. Nothing was changed. File the migration as a deployment: '
    'holdfast deployments validate NAME --migration FILE; to delete more than the budget, ask for a permit: '
    'holdfast permits request NAME --table T --max-rows N --minutes M --reason R');
end
$body$;
revoke all on function holdfast.refuse_agent() from public;
