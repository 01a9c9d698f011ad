-- purpose:   connections in use against those that ordinary roles may have
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select count(*) as used,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most
from pg_catalog.pg_stat_activity a
where a.backend_type = 'client backend'
