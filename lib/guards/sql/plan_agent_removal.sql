-- purpose:   the statements that take an agent's role away: its sessions, what it owns, its rights, itself
-- runs as:   guard owner; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_agent_role.sql
--
-- $1 the role; only a role that Holdfast made for this database is touched
with agent as (
  select r.oid, r.rolname from pg_catalog.pg_roles r
  where r.rolname = $1::text and shobj_description(r.oid, 'pg_authid') = 'Holdfast agent of ' || current_database()
), statements as (
  select 1 as step, format('alter role %I nologin', a.rolname) as statement from agent a
  union all
  -- Who made the role may make itself a member of it, and has to be one to see to its sessions and belongings.
  select 2, format('grant %I to current_user', a.rolname)
  from agent a, pg_catalog.pg_roles me where me.rolname = current_user and not me.rolsuper
  union all
  select 3, format('select pg_terminate_backend(s.pid) from pg_stat_activity s where s.usename = %L', a.rolname) from agent a
  union all
  select 4, format('reassign owned by %1$I to current_user; drop owned by %1$I; drop role %1$I', a.rolname) from agent a
)
select
  (select coalesce(jsonb_agg(s.statement order by s.step), '[]') from statements s) as statements,
  (select r.rolsuper or r.rolcreaterole from pg_catalog.pg_roles r where r.rolname = current_user) as "mayRemove"
