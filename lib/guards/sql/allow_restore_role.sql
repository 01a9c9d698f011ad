-- purpose:   the grants with which the restore role may open and make permits, and leave its marks; no row where it may already
-- runs as:   guard owner; $1 is the restore role's name
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
--
-- Create, because the restore role makes the table of its operations' marks itself.
select format('grant usage, create on schema holdfast to %1$I; grant execute on function %2$s to %1$I', r.rolname, f.functions)
  as statement
from pg_catalog.pg_roles r
cross join lateral (
  select string_agg(p.oid::regprocedure::text, ', ') as functions,
    bool_and(has_function_privilege(r.oid, p.oid, 'execute')) as are_allowed
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'holdfast' and p.proname in ('open_permit', 'grant_permit')
) f
where r.rolname = $1::text and not r.rolsuper
  and not (has_schema_privilege(r.oid, 'holdfast', 'usage') and has_schema_privilege(r.oid, 'holdfast', 'create') and f.are_allowed)
