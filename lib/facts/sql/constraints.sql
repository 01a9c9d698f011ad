-- purpose:   the constraints of the application's tables with their definition and whether they are validated
-- runs as:   watch or backup; reads the catalog only. $1: table oids to stay with, null for all
-- locks:     none
-- versions:  PostgreSQL 14 and later (18 also lists not-null constraints, which are columns' definitions here)
-- undone by: nothing to undo
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname) as "table", k.conname as name,
  pg_catalog.pg_get_constraintdef(k.oid) as definition, k.convalidated as validated,
  -- One that PostgreSQL made for each partition, and named itself.
  k.contype = 'f' and k.conparentid <> 0 as derived
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype in ('c', 'f', 'p', 'u', 'x')
  and c.relkind in ('r', 'p')
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^(pg_temp|pg_toast)_'
  and n.nspname !~ '^holdfast(_|$)'
  and ($1::oid[] is null or c.oid = any ($1))
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by n.nspname collate "C", c.relname collate "C", k.conname collate "C"
