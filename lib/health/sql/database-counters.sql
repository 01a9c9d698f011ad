-- purpose:   the counters of this database, whose difference to an earlier reading tells what happened in between
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select s.xact_commit::float8 as commits, s.xact_rollback::float8 as rollbacks, s.blks_hit::float8 as hits, s.blks_read::float8 as reads,
  s.temp_files::float8 as "tempFiles", s.temp_bytes::float8 as "tempBytes", s.deadlocks::float8 as deadlocks, s.conflicts::float8 as conflicts,
  s.checksum_failures::float8 as "checksumFailures", s.checksum_last_failure as "checksumFailedAt", s.stats_reset::text as reset,
  pg_catalog.current_setting('data_checksums') as checksums, pg_catalog.current_setting('block_size')::float8 as "blockBytes"
from pg_catalog.pg_stat_database s
where s.datname = pg_catalog.current_database()
