-- purpose:   the tables that others have locked exclusively, which a read would wait for
-- runs as:   any role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select distinct l.relation::regclass::text as line
from pg_catalog.pg_locks l
where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.granted
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  and l.pid <> pg_catalog.pg_backend_pid() and l.relation >= 16384
order by 1
