-- purpose:   tables whose dead rows autovacuum should have removed by its own settings, and whether it is on at all
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with tables as (
  select s.relid, pg_catalog.format('%I.%I', s.schemaname, s.relname) as name, s.n_dead_tup as dead, s.n_live_tup as live,
    greatest(s.last_vacuum, s.last_autovacuum) as "vacuumedAt", c.reltuples,
    coalesce((select option_value::float8 from pg_catalog.pg_options_to_table(c.reloptions) where option_name = 'autovacuum_vacuum_threshold'),
      pg_catalog.current_setting('autovacuum_vacuum_threshold')::float8) as threshold,
    coalesce((select option_value::float8 from pg_catalog.pg_options_to_table(c.reloptions) where option_name = 'autovacuum_vacuum_scale_factor'),
      pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::float8) as scale,
    coalesce((select option_value::bool from pg_catalog.pg_options_to_table(c.reloptions) where option_name = 'autovacuum_enabled'), true) as enabled
  from pg_catalog.pg_stat_user_tables s
  join pg_catalog.pg_class c on c.oid = s.relid
  where s.schemaname !~ '^holdfast(_|$)'
), due as (
  select *, threshold + scale * greatest(reltuples, 0) as wanted from tables
)
select pg_catalog.current_setting('autovacuum') as autovacuum, d.*
from (values (1)) as one
left join lateral (
  select name, dead::float8 as dead, live::float8 as live, "vacuumedAt", enabled, wanted::float8 as wanted,
    exists (select from pg_catalog.pg_stat_progress_vacuum p where p.relid = due.relid) as running
  from due
  where dead >= 1000
  order by dead / greatest(wanted, 1) desc, name
  limit 20
) d on true
