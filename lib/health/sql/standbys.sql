-- purpose:   the standbys that receive from here and how far behind each is; on a standby, how far behind it is itself
-- runs as:   watch; pg_monitor sees the positions
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select 'standby' as kind, coalesce(nullif(r.application_name, ''), r.client_addr::text, 'pid ' || r.pid) as name, r.state, r.sync_state as "syncState",
  case when pg_catalog.pg_is_in_recovery() then null
    else pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.replay_lsn) end::float8 as "lagBytes",
  extract(epoch from r.replay_lag)::float8 as "lagSeconds"
from pg_catalog.pg_stat_replication r
where r.application_name <> 'pg_basebackup'
union all
select 'self', 'this server', 'standby', null,
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::float8,
  -- Nothing to replay is no lag, however long ago the last transaction was.
  case when pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() then 0
    else extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::float8 end
where pg_catalog.pg_is_in_recovery()
order by 1, 2
