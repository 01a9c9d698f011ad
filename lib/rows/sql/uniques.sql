-- purpose:   the unique keys of a table ($1: its quoted name) that a row could meet, as lists of columns
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select (
  select array_agg(a.attname::text order by k.position)
  from unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
  join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where k.position <= i.indnkeyatts
) as columns
from pg_catalog.pg_index i
where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
order by i.indexrelid
