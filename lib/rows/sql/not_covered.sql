-- purpose:   what hangs on tables ($1: their quoted names) and is not written with them, and what no restore of rows writes at all
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with recursive chosen as (
  select to_regclass(c)::oid as oid from unnest($1::text[]) as c where to_regclass(c) is not null
), family as (
  select oid from chosen
  union
  select i.inhrelid from pg_catalog.pg_inherits i join family f on f.oid = i.inhparent
), readers as (
  -- Views over views lead to the materialized ones.
  select r.ev_class as oid
  from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid in (select oid from family) and r.ev_class not in (select oid from family)
  union
  select r.ev_class
  from readers v
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = v.oid and d.classid = 'pg_catalog.pg_rewrite'::regclass
  join pg_catalog.pg_rewrite r on r.oid = d.objid
  where r.ev_class <> v.oid
), named as (
  select c.oid, c.relkind, c.relpersistence, c.relispartition, n.nspname as schema, c.relname as name,
    (
      select e.extname from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e' and d.refclassid = 'pg_catalog.pg_extension'::regclass
    ) as extension
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and n.nspname !~ '^(pg_temp|pg_toast)_|^holdfast(_|$)'
)
select 'materialized-view' as kind, schema, name, null as other from named where relkind = 'm' and oid in (select oid from readers)
union all
select 'foreign-table', schema, name, null from named where relkind = 'f'
union all
select 'extension-table', schema, name, extension from named where relkind in ('r', 'p') and extension is not null
union all
select 'unlogged-table', schema, name, null from named where relkind = 'r' and relpersistence = 'u' and oid in (select oid from family)
union all
select 'inheritor', n.schema, n.name, 'of ' || p.relname
from named n
join pg_catalog.pg_inherits i on i.inhrelid = n.oid join pg_catalog.pg_class p on p.oid = i.inhparent
where not n.relispartition and n.relkind = 'r' and i.inhparent in (select oid from family) and n.oid not in (select oid from chosen)
union all
select 'large-objects', '', count(*)::text, null from pg_catalog.pg_largeobject_metadata having count(*) > 0
order by 1, 2, 3
