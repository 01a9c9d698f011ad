-- purpose:   who waits for a lock in this database, for how long, and whose; statements are seen by pg_monitor only
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with waits as materialized (
  -- waitstart is null for an instant after the wait began.
  select l.pid, pg_catalog.min(l.waitstart) as since, pg_catalog.min(l.mode) as mode, pg_catalog.min(l.relation) as relation
  from pg_catalog.pg_locks l
  where not l.granted and l.pid <> pg_catalog.pg_backend_pid()
  group by l.pid
)
select w.pid, a.usename as role, a.application_name as application, a.query as statement, w.mode,
  (select c.oid::regclass::text from pg_catalog.pg_class c where c.oid = w.relation) as relation,
  coalesce(extract(epoch from pg_catalog.clock_timestamp() - w.since), 0)::float8 as seconds,
  b.pid as "blockerPid", blocker.usename as "blockerRole", blocker.application_name as "blockerApplication",
  blocker.state as "blockerState", blocker.query as "blockerStatement"
from waits w
join pg_catalog.pg_stat_activity a on a.pid = w.pid and a.datname = pg_catalog.current_database()
cross join lateral unnest(pg_catalog.pg_blocking_pids(w.pid)) as b (pid)
left join pg_catalog.pg_stat_activity blocker on blocker.pid = b.pid
order by seconds desc
limit 50
