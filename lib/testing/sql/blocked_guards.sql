-- purpose:   sessions of Holdfast that wait for a lock on an application's table, with what they hold of other such tables
-- runs as:   superuser
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select (1000 * extract(epoch from clock_timestamp() - waiting.waitstart))::float8 as "waitedMs",
  array(
    select held.relation::regclass || ' ' || held.mode
    from pg_catalog.pg_locks held join pg_catalog.pg_class c on c.oid = held.relation
    where held.pid = waiting.pid and held.granted and held.relation <> waiting.relation and c.relkind in ('r', 'p')
      and c.relnamespace::regnamespace::text not in ('pg_catalog', 'holdfast')
  ) as held
from pg_catalog.pg_locks waiting
join pg_catalog.pg_stat_activity a on a.pid = waiting.pid
where not waiting.granted and waiting.locktype = 'relation' and a.application_name like 'holdfast:%'
  and waiting.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
