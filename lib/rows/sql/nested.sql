-- purpose:   those of some partitioned tables ($1: their quoted names) that are partitions of another one of them
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select t.name
from unnest($1::text[]) as t (name)
where exists (
  select from unnest($1::text[]) as other (name)
  where to_regclass(other.name) <> to_regclass(t.name)
    and to_regclass(other.name) in (select relid from pg_catalog.pg_partition_ancestors(to_regclass(t.name)))
)
