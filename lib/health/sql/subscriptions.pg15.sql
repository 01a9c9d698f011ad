-- purpose:   the logical subscriptions of this database, whether each is at work, and their errors so far
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 15 and later; subscriptions.sql for 14
-- undone by: nothing to undo
select s.subname as name, s.subenabled as enabled,
  exists (select from pg_catalog.pg_stat_subscription w where w.subid = s.oid and w.pid is not null) as working,
  coalesce(e.apply_error_count + e.sync_error_count, 0)::float8 as errors
from pg_catalog.pg_subscription s
left join pg_catalog.pg_stat_subscription_stats e on e.subid = s.oid
where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
order by name
