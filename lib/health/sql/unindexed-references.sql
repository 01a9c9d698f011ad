-- purpose:   foreign keys of large tables that no index begins with: each delete over there reads the whole table here
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select k.conname as name, c.oid::regclass::text as place, k.confrelid::regclass::text as other,
  (select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by u.place)
   from unnest(k.conkey) with ordinality as u (number, place)
   join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
  c.reltuples::float8 as rows, pg_catalog.pg_relation_size(c.oid)::float8 as bytes
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid and c.relkind = 'r'
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and c.reltuples >= 10000 and n.nspname !~ '^holdfast(_|$)'
  and not exists (
    select from pg_catalog.pg_index i
    where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
      and (i.indkey::int2[])[0:pg_catalog.cardinality(k.conkey) - 1] @> k.conkey
  )
order by rows desc, place, name
limit 50
