-- purpose:   open transactions of this database, longest first, and how long each has been idle; other roles' are seen by pg_monitor only
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select a.pid, a.usename as role, a.application_name as application, a.state,
  extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 as seconds,
  case when a.state like 'idle in transaction%'
    then extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::float8 end as "idleSeconds"
from pg_catalog.pg_stat_activity a
where a.datname = pg_catalog.current_database() and a.xact_start is not null and a.pid <> pg_catalog.pg_backend_pid()
  and a.backend_type = 'client backend'
order by seconds desc
limit 50
