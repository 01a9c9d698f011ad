-- purpose:   the statements that take every guard out of a target and leave nothing behind, one row each, in order
-- runs as:   guard owner; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_guards.sql; the journals and the record of refused attempts are gone for good
with relation as (
  select c.oid, c.relname, c.relkind
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'holdfast' and (
    c.relname in ('guarded_tables', 'budgets', 'agents', 'permits', 'journal_statements', 'refused_attempts', 'evidence_link', 'statement_ids',
      'membership_locks', 'orphan_suspects')
    or c.relname ~ '^(j\d{12}|journal|old_journal|attempts|last_attempt|deleted|updated)_'
  )
), routine as (
  select p.oid, p.proname
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'holdfast' and (p.proname ~ '^guard_(delete|update|truncate)_' or p.proname ~ '^(guard|find)_orphans_'
    or p.proname in ('touch_membership_locks', 'refuse_orphans') or p.proname in ('check_change', 'count_change', 'count_rows',
    'measure_window', 'operation_is_open', 'find_permit', 'explain_full_journal', 'use_permit', 'describe_permit', 'grant_permit',
    'revoke_permit_rights', 'describe_session', 'record_attempt',
    'refuse_change', 'refuse_truncate', 'refuse_truncation', 'refuse_drop', 'refuse_alter', 'refuse_rewrite', 'refuse_removal', 'refuse_agent',
    'describe_tables', 'remember_tables', 'keep_overwritten', 'count_overwritten', 'count_agent_update', 'open_permit'))
), statements as (
  -- The schema may stay; what roles were given to open a permit does not. Who may open operations keeps the schema.
  select 0 as step, format('revoke usage on schema holdfast from %I', r.rolname) as statement
  from pg_catalog.pg_proc p, aclexplode(p.proacl) a join pg_catalog.pg_roles r on r.oid = a.grantee
  where p.oid in (select oid from routine) and p.proname = 'use_permit' and a.grantee <> p.proowner
    and not coalesce(has_function_privilege(r.oid, to_regprocedure('holdfast.open_permit(text)'), 'execute'), false)
  union all
  -- An agent without its limits may not sign in.
  select 0, format('alter role %I nologin', r.rolname)
  from pg_catalog.pg_roles r where shobj_description(r.oid, 'pg_authid') = 'Holdfast agent of ' || current_database() and r.rolcanlogin
  union all
  select 1 as step, format('drop event trigger %I', e.evtname) as statement
  from pg_catalog.pg_event_trigger e where e.evtfoid in (select oid from routine)
  union all
  select 2, format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass)
  from pg_catalog.pg_trigger t where t.tgfoid in (select oid from routine) and not t.tgisinternal
  union all
  -- Cascade, because who installed may own the functions but not the tables, and so may not drop the triggers by name.
  select 3, format('drop function %s cascade', r.oid::regprocedure) from routine r where r.proname not in ('refuse_change', 'measure_window', 'find_permit', 'describe_permit')
  union all
  -- These have the tables' row types in their signatures.
  select 4, format('drop function %s', r.oid::regprocedure) from routine r
  where r.proname in ('refuse_change', 'measure_window', 'find_permit', 'describe_permit')
  union all
  select case when r.relname ~ '^(j|journal_statements_)\d' then 5 else 6 end, format('drop table %s', r.oid::regclass)
  from relation r where r.relkind = 'r'
  union all
  select 7, format('drop sequence %s', r.oid::regclass) from relation r
  where r.relkind = 'S'
  union all
  select 8, 'drop extension dblink' from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'dblink' and n.nspname = 'holdfast'
  union all
  -- Not DROP OWNED: who made the role may drop it, but has none of its privileges.
  select 8, format('revoke usage on schema holdfast from %1$I; drop role %1$I', r.rolname) from pg_catalog.pg_roles r
  where r.rolname = 'holdfast_evidence_' || left(md5(current_database()), 8)
  union all
  -- Other parts of Holdfast may still have something in the schema; then only the grant goes.
  select 10, $drop$do $$ begin
  if exists (select from pg_catalog.pg_class c where c.relnamespace = to_regnamespace('holdfast'))
    or exists (select from pg_catalog.pg_proc p where p.pronamespace = to_regnamespace('holdfast')) then
    revoke usage on schema holdfast from pg_monitor;
  else
    drop schema if exists holdfast;
  end if;
end $$$drop$ where to_regnamespace('holdfast') is not null
)
select statement, step in (0, 2) as "mayBeRefused" from statements order by step, statement
