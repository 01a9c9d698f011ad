-- purpose:   about how many rows a table has, with its partitions and children, without reading them
-- runs as:   watch; reads the catalog and the counters only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with recursive relations as (
  select $1::regclass::oid as oid
  union
  select i.inhrelid from pg_catalog.pg_inherits i join relations r on r.oid = i.inhparent
), leaves as (
  select c.oid, c.reltuples, c.relpages, c.relkind, pg_catalog.pg_stat_get_live_tuples(c.oid) as live,
    case when c.relkind = 'r' then pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int else 0 end as pages,
    -- Counters begin at zero again after a crash; what was analysed or vacuumed since then has its base.
    coalesce(
      pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid),
      pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)
    ) is not null as counted
  from relations r join pg_catalog.pg_class c on c.oid = r.oid
  where c.relkind <> 'p'
), estimates as (
  select case when relkind <> 'r' then null when pages = 0 then 0 when counted then live
    -- As the planner does: as dense as when it was analysed, times the pages of now.
    when reltuples >= 0 and relpages > 0 then reltuples / relpages * pages end as rows
  from leaves
)
select pg_catalog.round(coalesce(pg_catalog.sum(rows), 0)::numeric) as rows, pg_catalog.count(*) filter (where rows is null) as unknown
from estimates
