-- purpose:   whether WAL archiving is on, and whether its last attempt went well
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.current_setting('archive_mode') as mode, pg_catalog.pg_is_in_recovery() as standby,
  a.archived_count::float8 as archived, a.failed_count::float8 as failed, a.last_archived_time as "lastArchivedAt",
  a.last_failed_wal as "lastFailed", a.last_failed_time as "lastFailedAt",
  a.last_failed_time > coalesce(a.last_archived_time, '-infinity') as failing,
  extract(epoch from pg_catalog.clock_timestamp() - a.last_archived_time)::float8 as "lastSeconds",
  pg_catalog.current_setting('archive_timeout') as timeout
from pg_catalog.pg_stat_archiver a
