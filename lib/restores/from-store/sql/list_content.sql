-- purpose: names what a database already holds besides its system and its extensions; nothing means that it is empty
-- runs as: the account that restores
-- locks: none beyond the catalog's
-- versions: 14 and later
-- undone by: nothing to undo
select what, name from (
  select 'schema' as what, n.nspname::text as name, 'pg_catalog.pg_namespace'::pg_catalog.regclass as class, n.oid
  from pg_catalog.pg_namespace n
  where n.nspname not in ('pg_catalog', 'information_schema', 'public') and n.nspname !~ '^pg_(toast|temp)'
  union all
  select 'relation', pg_catalog.format('%I.%I', n.nspname, c.relname), 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  union all
  select 'function', pg_catalog.format('%I.%I', n.nspname, p.proname), 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname not in ('pg_catalog', 'information_schema')
  union all
  select 'type', pg_catalog.format('%I.%I', n.nspname, t.typname), 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where n.nspname not in ('pg_catalog', 'information_schema') and t.typtype in ('e', 'd', 'r')
  union all
  select 'event trigger', e.evtname::text, 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid
  from pg_catalog.pg_event_trigger e
  union all
  select 'large object', l.oid::text, 'pg_catalog.pg_largeobject'::pg_catalog.regclass, l.oid
  from pg_catalog.pg_largeobject_metadata l
) content
where not exists (
  select from pg_catalog.pg_depend d where d.classid = content.class and d.objid = content.oid and d.deptype = 'e'
)
order by what, name
limit 20
