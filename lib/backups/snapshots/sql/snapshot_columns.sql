-- purpose:   columns of one table ($1: its oid as text) and which of them hang on objects of the application (types, collations)
-- runs as:   guard; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  (tn.nspname <> 'pg_catalog' or coalesce(cn.nspname <> 'pg_catalog', false)) as "isBorrowed",
  case when cn.nspname <> 'pg_catalog' then pg_catalog.format('%I.%I', cn.nspname, c.collname) end as collation
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
left join pg_catalog.pg_collation c on c.oid = a.attcollation
left join pg_catalog.pg_namespace cn on cn.oid = c.collnamespace
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum
