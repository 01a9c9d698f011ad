-- purpose:   connections in use against the limits of the server, of this database and of each role
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with sessions as (
  -- Parallel workers and Holdfast's own session are no client's connections, but they take the same places.
  select a.datid, a.usesysid from pg_catalog.pg_stat_activity a where a.backend_type = 'client backend'
), settings as (
  -- reserved_connections came with 16.
  select pg_catalog.current_setting('max_connections')::int as most,
    pg_catalog.current_setting('superuser_reserved_connections')::int
      + coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) as reserved
)
select 'server' as scope, null as name, (select pg_catalog.count(*) from sessions)::int as used, most - reserved as most, reserved from settings
union all
select 'database', d.datname::text, (select pg_catalog.count(*) from sessions s where s.datid = d.oid)::int, d.datconnlimit, 0
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database() and d.datconnlimit >= 0
union all
select 'role', r.rolname::text, (select pg_catalog.count(*) from sessions s where s.usesysid = r.oid)::int, r.rolconnlimit, 0
from pg_catalog.pg_roles r
where r.rolconnlimit >= 0 and not r.rolsuper
order by 1 desc, 2
