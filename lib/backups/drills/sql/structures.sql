-- purpose:   the application's tables and indexes in a restored copy, as amcheck takes them; $1: the schema of amcheck itself
-- runs as:   superuser of the drill server, in the scratch database
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select c.oid::text as oid, pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  case when c.relkind = 'i' then 'index' else 'table' end as kind, a.amname as method
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am a on a.oid = c.relam
left join pg_catalog.pg_index i on i.indexrelid = c.oid
where c.relkind in ('r', 'm', 'i')
  and (c.relkind = 'i' or a.amname = 'heap')
  and c.relpersistence <> 't'
  and (i.indexrelid is null or (i.indisvalid and i.indisready))
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', $1)
order by c.relpages desc, n.nspname collate "C", c.relname collate "C"
