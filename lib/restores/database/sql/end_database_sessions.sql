-- purpose:   ends the sessions of databases that the session $1 has locked against new ones, those that the role may end
-- runs as:   owner, beside the databases
-- locks:     none; ends what others hold
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; the applications connect again
select count(pg_catalog.pg_terminate_backend(a.pid))::int as ended
from pg_catalog.pg_stat_activity a
where a.pid <> $1::int and a.pid <> pg_catalog.pg_backend_pid()
  and a.datid in (
    select l.objid from pg_catalog.pg_locks l
    where l.pid = $1::int and l.granted and l.locktype = 'object' and l.classid = 'pg_catalog.pg_database'::regclass
      and l.mode = 'AccessExclusiveLock'
  )
  and a.usesysid is not null
  and ((select rolsuper from pg_catalog.pg_roles where rolname = current_user)
    or (not coalesce((select r.rolsuper from pg_catalog.pg_roles r where r.oid = a.usesysid), false)
      and (pg_catalog.pg_has_role(a.usesysid, 'usage') or pg_catalog.pg_has_role('pg_signal_backend', 'usage'))))
