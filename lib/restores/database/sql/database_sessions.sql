-- purpose:   who is connected to these databases, from where, and whether the role may end it
-- runs as:   owner, beside the databases
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select a.datname as database, coalesce(a.usename, '') as role, coalesce(a.application_name, '') as application,
  coalesce(pg_catalog.host(a.client_addr), 'the server itself') as address, count(*)::int as sessions,
  bool_and((select rolsuper from pg_catalog.pg_roles where rolname = current_user)
    or (not coalesce((select r.rolsuper from pg_catalog.pg_roles r where r.oid = a.usesysid), false)
      and (pg_catalog.pg_has_role(a.usesysid, 'usage') or pg_catalog.pg_has_role('pg_signal_backend', 'usage')))) as "mayEnd"
from pg_catalog.pg_stat_activity a
where a.datname = any ($1::text[]) and a.pid <> pg_catalog.pg_backend_pid() and a.usesysid is not null
  and coalesce(a.application_name, '') not like 'holdfast:%'
group by 1, 2, 3, 4
order by sessions desc, 1, 2, 3, 4
