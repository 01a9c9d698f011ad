-- purpose:   constraints that PostgreSQL was told not to check against existing rows
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.quote_ident(k.conname) as name,
  pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as place
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not k.convalidated and k.contype in ('c', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^holdfast(_|$)'
order by place, name
