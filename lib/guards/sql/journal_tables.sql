-- purpose:   the journal of each guarded table and the columns that both have
-- runs as:   guard owner or restore
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select n.nspname as schema, c.relname as name, jn.nspname as "journalSchema", jc.relname as "journalName",
  (
    select coalesce(jsonb_agg(a.attname order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_attribute j on j.attrelid = g.journal and j.attname = a.attname and not j.attisdropped
    where a.attrelid = g.relation and a.attnum > 0 and not a.attisdropped
  ) as "dataColumns"
from holdfast.guarded_tables g
join pg_catalog.pg_class c on c.oid = g.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_class jc on jc.oid = g.journal
join pg_catalog.pg_namespace jn on jn.oid = jc.relnamespace
where g.relation = g.counts_as
order by n.nspname, c.relname
