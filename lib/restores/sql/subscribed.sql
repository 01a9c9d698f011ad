-- purpose:   which of these tables ($1: quoted names) or their partitions a subscription writes
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select distinct b.subname as name, pg_catalog.format('%I.%I', n.nspname, c.relname) as table
from pg_catalog.pg_subscription_rel r
join pg_catalog.pg_subscription b on b.oid = r.srsubid
join pg_catalog.pg_class c on c.oid = r.srrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where r.srrelid in (
  select t.relid from unnest($1::text[]) as w (name), pg_catalog.pg_partition_tree(to_regclass(w.name)) t
  union select to_regclass(w.name) from unnest($1::text[]) as w (name)
)
order by 2, 1
