-- purpose:   every relation of the application that could be taken for a table, with its real kind and its columns
-- runs as:   watch or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select n.nspname as schema, c.relname as name,
  case c.relkind when 'r' then case when c.relispartition then 'partition' else 'table' end when 'p' then 'partitioned'
    when 'v' then 'view' when 'm' then 'materialized-view' when 'f' then 'foreign-table' else 'sequence' end as kind,
  (
    select coalesce(array_agg(a.attname::text order by a.attnum), '{}')
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname !~ '^(pg_temp|pg_toast)_'
  and n.nspname !~ '^holdfast(_|$)'
order by n.nspname, c.relname
