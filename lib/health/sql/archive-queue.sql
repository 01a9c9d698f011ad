-- purpose:   how many WAL files wait to be archived
-- runs as:   watch with pg_monitor; lists one directory
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.count(*) filter (where f.name like '%.ready')::int as waiting,
  pg_catalog.current_setting('archive_mode') as mode, pg_catalog.pg_is_in_recovery() as standby,
  extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(f.modification) filter (where f.name like '%.ready'))::float8 as seconds
from pg_catalog.pg_ls_archive_statusdir() f
