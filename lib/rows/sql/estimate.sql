-- purpose:   about how many rows a relation ($1: its quoted name) has, with its partitions; from its size where nothing else tells
-- runs as:   restore or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select coalesce(sum(case when c.reltuples > 0 then c.reltuples else pg_catalog.pg_relation_size(c.oid) / 64 end), 0)::bigint::text as rows
from (
  select to_regclass($1)::oid as oid
  union
  select relid from pg_catalog.pg_partition_tree(to_regclass($1))
) family
join pg_catalog.pg_class c on c.oid = family.oid and c.relkind in ('r', 'm')
