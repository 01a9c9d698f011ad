-- purpose:   the grants with which the restore role may open a permit; no row where it may already
-- runs as:   guard owner; $1 is the restore role's name
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
select format(
  'grant usage on schema holdfast to %1$I; grant execute on function holdfast.open_permit(text) to %1$I', r.rolname
) as statement
from pg_catalog.pg_roles r
where r.rolname = $1::text and not r.rolsuper
  and not (
    has_schema_privilege(r.oid, 'holdfast', 'usage')
    and has_function_privilege(r.oid, 'holdfast.open_permit(text)', 'execute')
  )
