-- purpose:   what a database has beside its ordinary tables, so that a plan can say that it does not bring it back
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select case
    when d.objid is not null then 'extension'
    when c.relkind = 'm' then 'materialized'
    when c.relkind = 'f' then 'foreign'
    else 'temporary'
  end as kind,
  pg_catalog.count(*)::int as count,
  (pg_catalog.array_agg(pg_catalog.format('%I.%I', n.nspname, c.relname) order by n.nspname, c.relname))[1:10] as names
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname !~ '^pg_toast_'
  and n.nspname !~ '^holdfast(_|$)'
  -- Holdfast's own session makes temporary tables, too.
  and c.relname !~ '^holdfast_'
  and (c.relkind in ('m', 'f') or (c.relkind in ('r', 'p') and (d.objid is not null or c.relpersistence = 't')))
group by 1
union all
select 'large', pg_catalog.count(*)::int, '{}' from pg_catalog.pg_largeobject_metadata
having pg_catalog.count(*) > 0
order by 1
