-- purpose:   replication slots, whether anybody reads from them, and the WAL that each keeps from being removed
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select s.slot_name as name, s.slot_type as type, s.database, s.active, s.wal_status as "walStatus",
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), s.restart_lsn)
    else pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn) end::float8 as "heldBytes"
from pg_catalog.pg_replication_slots s
where not s.temporary
order by "heldBytes" desc nulls last, name
limit 50
