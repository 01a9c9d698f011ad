-- purpose:   the unique keys of a table ($1: its quoted name) that a row could meet, each as the expressions that it compares
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select
  -- Catalog text: column names are bare, everything that is not in pg_catalog is qualified.
  (
    select array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, position, false) order by position)
    from generate_series(1, i.indnkeyatts) as position
  ) as expressions,
  -- The operator of the index itself: a type's own equality may take different texts for the same.
  (
    select array_agg(format('operator(%I.%s)', n.nspname, o.oprname) order by position)
    from generate_series(1, i.indnkeyatts) as position
    join pg_catalog.pg_opclass c on c.oid = i.indclass[position - 1]
    join pg_catalog.pg_amop a on a.amopfamily = c.opcfamily and a.amopstrategy = 3
      and a.amoplefttype = c.opcintype and a.amoprighttype = c.opcintype
    join pg_catalog.pg_operator o on o.oid = a.amopopr
    join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  ) as equals,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
  (
    select array_agg(distinct a.attname::text)
    from pg_catalog.pg_attribute a
    where a.attrelid = i.indrelid and a.attnum > 0 and (
      a.attnum = any (i.indkey::int2[])
      or exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = i.indexrelid
          and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum
      )
    )
  ) as columns,
  i.indpred is null and i.indexprs is null as plain
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_am m on m.oid = c.relam and m.amname = 'btree'
where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid
order by i.indexrelid
