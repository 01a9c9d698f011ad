-- purpose:   columns of any relation ($1: its quoted name), also of views and of Holdfast's own
-- runs as:   restore or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  case t.typtype when 'e' then 'enum' when 'd' then 'domain' end as kind
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
order by a.attnum
