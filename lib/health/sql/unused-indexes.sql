-- purpose:   indexes that were not used since statistics began; those that a constraint needs are never listed
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with age as (
  -- After a crash statistics begin anew without saying so; the start of the server is the latest that this can have been.
  select extract(epoch from pg_catalog.clock_timestamp() - greatest(s.stats_reset, pg_catalog.pg_postmaster_start_time())) / 86400 as days,
    (select pg_catalog.count(*) from pg_catalog.pg_stat_replication) as standbys
  from pg_catalog.pg_stat_database s where s.datname = pg_catalog.current_database()
)
select age.days::float8 as days, age.standbys::int as standbys, u.name, u.place, u.bytes
from age
left join lateral (
  select s.indexrelid::regclass::text as name, s.relid::regclass::text as place, pg_catalog.pg_relation_size(s.indexrelid)::float8 as bytes
  from pg_catalog.pg_stat_user_indexes s
  join pg_catalog.pg_index i on i.indexrelid = s.indexrelid
  where s.idx_scan = 0 and not i.indisunique and not i.indisprimary and not i.indisexclusion and not i.indisreplident and i.indisvalid
    and s.schemaname !~ '^holdfast(_|$)'
    and not exists (select from pg_catalog.pg_constraint k where k.conindid = s.indexrelid)
    -- A key to other rows: the check of the reference may be its only user, and rarely.
    and not exists (
      select from pg_catalog.pg_constraint k
      where k.conrelid = s.relid and k.contype = 'f' and k.conkey[1] = i.indkey[0]
    )
    and pg_catalog.pg_relation_size(s.indexrelid) >= 1048576
  order by bytes desc, name
  limit 50
) u on true
