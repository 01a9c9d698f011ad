-- purpose:   how many rows this transaction has written so far, by table; a partition counts as its root
-- runs as:   restore; reads the counters of its own transaction
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select n.nspname as schema, r.relname as name, sum(x.n_tup_ins)::float8 as inserted, sum(x.n_tup_upd)::float8 as updated,
  sum(x.n_tup_del)::float8 as deleted
from pg_catalog.pg_stat_xact_user_tables x
join pg_catalog.pg_class r on r.oid = coalesce(pg_catalog.pg_partition_root(x.relid), x.relid)
join pg_catalog.pg_namespace n on n.oid = r.relnamespace
where x.n_tup_ins + x.n_tup_upd + x.n_tup_del > 0 and n.nspname !~ '^(pg_temp|pg_toast)_|^holdfast(_|$)'
group by 1, 2
