-- purpose:   what a row of a table ($1: its quoted name) has to satisfy beside its keys: CHECKs, and that some partition takes it
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select k.conname as name, false as "isPartition", pg_catalog.pg_get_expr(k.conbin, k.conrelid) as expression,
  (select coalesce(array_agg(a.attname::text), '{}') from pg_catalog.pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey)) as columns
from pg_catalog.pg_constraint k
where k.conrelid = to_regclass($1) and k.contype = 'c'
union all
select 'partitions', true,
  -- Of a table without partitions nothing is left: no row has a place.
  coalesce(string_agg(format('(%s)', coalesce(pg_catalog.pg_get_partition_constraintdef(leaf.relid), 'true')), ' or '), 'false'),
  (
    -- A key that is an expression may read any column.
    select coalesce(array_agg(distinct a.attname::text), '{}')
    from pg_catalog.pg_partition_tree(to_regclass($1)) part
    join pg_catalog.pg_partitioned_table p on p.partrelid = part.relid
    join pg_catalog.pg_attribute a on a.attrelid = part.relid and a.attnum > 0 and not a.attisdropped
      and (0 = any (p.partattrs::int2[]) or a.attnum = any (p.partattrs::int2[]))
  )
from pg_catalog.pg_class c
left join pg_catalog.pg_partition_tree(c.oid) leaf on leaf.isleaf and leaf.relid <> c.oid
where c.oid = to_regclass($1) and c.relkind = 'p'
group by c.oid
order by 1
