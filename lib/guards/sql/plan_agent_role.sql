-- purpose:   the statements that make an agent's role and give it what an agent may have, in order; and whether this session may run them
-- runs as:   guard owner; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_agent_removal.sql
--
-- $1 the role; $2 the schemas whose tables it may use, as a jsonb list
with schemas as (
  select n.oid, n.nspname from pg_catalog.pg_namespace n where n.nspname in (select jsonb_array_elements_text($2::jsonb))
), settings (name, value) as (
  -- Defaults of its sessions, which a session may change; the budgets it may not.
  values ('statement_timeout', '30s'), ('lock_timeout', '2s'), ('idle_in_transaction_session_timeout', '60s'),
    ('default_transaction_isolation', 'read committed')
), statements as (
  select 1 as step, format('create role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 5', $1::text) as statement
  where not exists (select from pg_catalog.pg_roles r where r.rolname = $1::text)
  union all
  select 2, format('alter role %I login connection limit 5', $1::text)
  union all
  select 3, format('comment on role %I is %L', $1::text, 'Holdfast agent of ' || current_database())
  union all
  select 4, format('alter role %I set %s = %L', $1::text, s.name, s.value) from settings s
  union all
  select 5, format('grant connect on database %I to %I', current_database(), $1::text)
  union all
  select 6, format('grant usage on schema %I to %I', s.nspname, $1::text) from schemas s
  union all
  select 7, format('grant select, insert, update, delete on all tables in schema %I to %I', s.nspname, $1::text) from schemas s
  union all
  select 8, format('grant usage on all sequences in schema %I to %I', s.nspname, $1::text) from schemas s
)
select
  (select jsonb_agg(s.statement order by s.step, s.statement) from statements s) as statements,
  (
    -- Somebody else's role of that name is never taken over.
    select coalesce(shobj_description(r.oid, 'pg_authid'), '') from pg_catalog.pg_roles r where r.rolname = $1::text
  ) as comment,
  current_database() as database,
  (
    select r.rolsuper or r.rolcreaterole and not exists (
      select from pg_catalog.pg_class c join schemas s on s.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'S') and not pg_has_role(c.relowner, 'usage')
    )
    from pg_catalog.pg_roles r where r.rolname = current_user
  ) as "mayMake",
  (select coalesce(jsonb_agg(s.nspname), '[]') from schemas s where has_schema_privilege('public', s.oid, 'create')) as "openSchemas"
