-- purpose:   what exists in the database but has no facts, each with the reason
-- runs as:   watch or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  case
    when d.objid is not null then 'belongs to an extension, which makes it again'
    when c.relkind = 'm' then 'a materialized view: its rows are computed again from its tables'
    else 'a foreign table: its rows are on another server'
  end as reason
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname !~ '^(pg_temp|pg_toast)_'
  and n.nspname !~ '^holdfast(_|$)'
  and (c.relkind in ('m', 'f') or (c.relkind in ('r', 'p') and d.objid is not null))
union all
select i.indexrelid::regclass::text, 'an invalid index: a build that failed left it, and a dump leaves it out'
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid
  and n.nspname not in ('pg_catalog', 'pg_toast')
  and n.nspname !~ '^(pg_temp|pg_toast)_'
  and n.nspname !~ '^holdfast(_|$)'
union all
select pg_catalog.format('%s large objects', pg_catalog.count(*)),
  pg_catalog.format('%I may not read them; what helps: grant select on pg_catalog.pg_largeobject to %I', current_user, current_user)
from pg_catalog.pg_largeobject_metadata
where not pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'select')
having pg_catalog.count(*) > 0
order by 1
