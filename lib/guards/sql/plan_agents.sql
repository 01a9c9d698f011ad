-- purpose:   what the triggers of agents should be beside what they are: one row per object, with the SQL that makes it right
-- runs as:   guard owner or watch; reads the catalog only, builds all DDL from regclass with format('%I')
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo; the statements it builds are undone by plan_removal.sql
--
-- $1 wanted tables [{table, schema, name, agents}]; $2 the roles of the policy's agents; $3 the rows of holdfast.agents, null where there is no such table
with wanted as (
  select w.entry ->> 'table' as table_name, c.oid as root
  from jsonb_array_elements($1::jsonb) as w (entry)
  join pg_catalog.pg_namespace n on n.nspname = w.entry ->> 'schema'
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.entry ->> 'name' and c.relkind in ('r', 'p')
), relations as (
  select distinct on (t.relid) w.table_name, t.relid as relation, c.relkind, c.relispartition,
    -- As in plan_guards.sql.
    left(regexp_replace(n.nspname || '_' || c.relname, '[^A-Za-z0-9_]', '_', 'g'), 40) || '_' || left(md5(n.nspname || '.' || c.relname), 8) as slug
  from wanted w
  cross join lateral (
    with recursive heirs (relid) as (
      select w.root
      union
      select i.inhrelid from pg_catalog.pg_inherits i join heirs on i.inhparent = heirs.relid
    )
    select heirs.relid from heirs
  ) t
  join pg_catalog.pg_class c on c.oid = t.relid and c.relkind in ('r', 'p')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  order by t.relid, (t.relid <> w.root) desc
), agents as (
  select coalesce(array_agg(r order by r), '{}')::name[] as roles from jsonb_array_elements_text($2::jsonb) r
), wanted_trigger as (
  select r.*, t.name, t.type, t.calls, r.relation::regclass as label,
    format('(session_user = any (%L::name[]))', a.roles) as condition,
    format('WHEN ((SESSION_USER = ANY (%L::name[])))', a.roles) as condition_shown
  from relations r
  cross join agents a
  cross join lateral (
    -- tgtype: 1 row, 2 before, 16 update. Other sessions pay the condition only; a transition table would cost them every
    -- old row. A row that an update moves to another partition fires no AFTER UPDATE.
    values ('guard_agent_' || r.slug, case when r.relispartition then 19 else 17 end::int2, 'keep_overwritten'),
      ('guard_agent_end_' || r.slug, 16::int2, 'count_agent_update')
  ) as t (name, type, calls)
  -- A row trigger of a partitioned table would lock every partition at once; each has its own.
  where cardinality(a.roles) > 0 and (r.relkind = 'r' or t.type = 16)
), live as (
  select t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgtype, p.proname as calls, pg_get_triggerdef(t.oid) as shown
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'holdfast' and p.proname in ('keep_overwritten', 'count_agent_update') and not t.tgisinternal
), objects as (
  select 1 as step, null as table_name, format('agent %s', r.role) as object,
    format('insert into holdfast.agents (role_name) values (%L) on conflict do nothing', r.role) as statement,
    case when $3::jsonb ? r.role then 'right' else 'missing' end as state,
    format('the agent %s is not known to it', r.role) as problem
  from agents a cross join unnest(a.roles) as r (role)
  union all
  select 2, w.table_name, format('trigger %I on %s', w.name, w.label),
    format('create or replace trigger %I %s update on %s %s when %s execute function holdfast.%I()', w.name,
      case w.type when 19 then 'before' else 'after' end, w.label, case w.type when 16 then 'for each statement' else 'for each row' end,
      w.condition, w.calls),
    case when l.oid is null then 'missing'
      when l.tgenabled in ('O', 'A') and l.tgtype = w.type and l.calls = w.calls and position(w.condition_shown in l.shown) > 0 then 'right'
      else 'different' end,
    case when l.oid is null then 'its trigger for agents is missing'
      when l.tgenabled in ('D', 'R') then 'its trigger for agents is disabled' else 'its trigger for agents was replaced' end
  from wanted_trigger w left join live l on l.tgrelid = w.relation and l.tgname = w.name
  union all
  select 3, coalesce(r.table_name, l.tgrelid::regclass::text), format('trigger %I on %s', l.tgname, l.tgrelid::regclass),
    format('drop trigger %I on %s', l.tgname, l.tgrelid::regclass), 'different', 'it has a trigger for agents that the policy does not ask for'
  from live l left join relations r on r.relation = l.tgrelid
  where not exists (select from wanted_trigger w where w.relation = l.tgrelid and w.name = l.tgname)
  union all
  select 4, null, format('agent %s', k.role), format('delete from holdfast.agents a where a.role_name = %L', k.role), 'different',
    format('the agent %s is not in the policy', k.role)
  from jsonb_array_elements_text(coalesce($3::jsonb, '[]')) as k (role), agents a
  where k.role <> all (a.roles)
)
select table_name as "table", object, statement, state, case state when 'right' then null else problem end as problem
from objects
order by step, object
