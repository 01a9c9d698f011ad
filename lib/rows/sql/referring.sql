-- purpose:   the foreign keys, of whatever table, that refer to a table ($1: its quoted name) or its partitions, with what they do
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select n.nspname as schema, c.relname as name, c.relkind = 'p' as "isPartitioned", f.conname as constraint,
  (select array_agg(a.attname::text order by k.position) from unnest(f.conkey) with ordinality as k (attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum) as columns,
  (select array_agg(a.attname::text order by k.position) from unnest(f.confkey) with ordinality as k (attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum) as "referencedColumns",
  f.confdeltype as "onDelete", f.confupdtype as "onUpdate"
from pg_catalog.pg_constraint f
join pg_catalog.pg_class c on c.oid = f.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where f.contype = 'f' and f.conparentid = 0
  and (f.confrelid = to_regclass($1) or f.confrelid in (select relid from pg_catalog.pg_partition_tree(to_regclass($1))))
order by 1, 2, 4
