-- purpose:   how many pages tables have that can be read by stretches of pages; null for the others. $1, $2: schemas and names, in order
-- runs as:   watch or backup; reads the catalog and the files' sizes
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select case when m.amname = 'heap' and c.relkind = 'r'
    then (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8)::text end as pages,
  pg_catalog.current_setting('block_size')::int as "pageBytes"
from unnest($1::text[], $2::text[]) with ordinality as wanted (schema, name, position)
left join pg_catalog.pg_namespace n on n.nspname = wanted.schema
left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
left join pg_catalog.pg_am m on m.oid = c.relam
order by wanted.position
