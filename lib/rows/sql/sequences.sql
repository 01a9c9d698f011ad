-- purpose:   the sequences that give a table ($1: its quoted name) its values: owned by a column or called by its default
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select distinct a.attname as column, sn.nspname as schema, s.relname as name, q.seqincrement > 0 as rising
from pg_catalog.pg_class s
join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
join pg_catalog.pg_sequence q on q.seqrelid = s.oid
join pg_catalog.pg_attribute a on a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
where s.relkind = 'S' and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) and (
  exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype in ('a', 'i')
  ) or exists (
    select from pg_catalog.pg_attrdef f
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = f.oid
    where f.adrelid = a.attrelid and f.adnum = a.attnum and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = s.oid
  )
)
order by 1, 2, 3
