-- purpose:   every definition that a copy must have again, one line of text each: columns, indexes, triggers, policies, views, routines, types
-- runs as:   watch or backup; reads the catalog only. $1: table oids to stay with, null for the whole database
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with tables as (
  select c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) as name, c.relkind, c.relrowsecurity,
    c.relforcerowsecurity
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname !~ '^(pg_temp|pg_toast)_'
    and n.nspname !~ '^holdfast(_|$)'
    and ($1::oid[] is null or c.oid = any ($1))
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
), schemas as (
  -- Empty when only some tables are asked for: views, routines and types belong to no table.
  select oid, nspname from pg_catalog.pg_namespace
  where $1::oid[] is null
    and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and nspname !~ '^(pg_temp|pg_toast)_'
    and nspname !~ '^holdfast(_|$)'
), lines as (
  select pg_catalog.format('column %s.%I %s%s%s', t.name, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then ' not null' end,
    case when a.attidentity <> '' then ' identity ' || a.attidentity::text
         when a.attgenerated <> '' then ' generated ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
         when d.adbin is not null then ' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end) as line
  from tables t
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  union all
  select pg_catalog.format('row security %s%s', t.name, case when t.relforcerowsecurity then ' forced' end)
  from tables t where t.relrowsecurity
  union all
  -- An invalid index is what a failed concurrent build left; pg_dump leaves it out too.
  select 'index ' || pg_catalog.pg_get_indexdef(i.indexrelid)
  from tables t join pg_catalog.pg_index i on i.indrelid = t.oid
  where i.indisvalid or t.relkind = 'p'
  union all
  select pg_catalog.format('trigger %s: %s', g.tgenabled, pg_catalog.pg_get_triggerdef(g.oid))
  from tables t join pg_catalog.pg_trigger g on g.tgrelid = t.oid
  where not g.tgisinternal
  union all
  select pg_catalog.format('policy %I on %s %s for %s to %s using %s with check %s', p.polname, t.name,
    case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
    -- By name: another server gives other numbers.
    (select pg_catalog.string_agg(role, ', ' order by role collate "C")
     from unnest(p.polroles) r
     cross join lateral (select case when r = 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end as role) as named),
    pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  from tables t join pg_catalog.pg_policy p on p.polrelid = t.oid
  union all
  select pg_catalog.format('%s %I.%I: %s', case c.relkind when 'v' then 'view' else 'materialized view' end,
    s.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid))
  from schemas s join pg_catalog.pg_class c on c.relnamespace = s.oid and c.relkind in ('v', 'm')
  where not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
  union all
  select pg_catalog.format('routine %I.%I(%s) %s %s %s: %s', s.nspname, f.proname,
    pg_catalog.pg_get_function_identity_arguments(f.oid), f.prokind,
    case when f.prosecdef then 'security definer' end, f.proconfig, pg_catalog.md5(f.prosrc))
  from schemas s join pg_catalog.pg_proc f on f.pronamespace = s.oid
  where not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.oid and d.deptype = 'e'
  )
  union all
  select pg_catalog.format('enum %I.%I: %s', s.nspname, y.typname,
    (select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
     from pg_catalog.pg_enum e where e.enumtypid = y.oid))
  from schemas s join pg_catalog.pg_type y on y.typnamespace = s.oid and y.typtype = 'e'
  where not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = y.oid and d.deptype = 'e'
  )
  union all
  select pg_catalog.format('domain %I.%I: %s%s%s', s.nspname, y.typname,
    pg_catalog.format_type(y.typbasetype, y.typtypmod), case when y.typnotnull then ' not null' end,
    (select pg_catalog.string_agg(' ' || pg_catalog.pg_get_constraintdef(k.oid), '' order by k.conname)
     from pg_catalog.pg_constraint k where k.contypid = y.oid and k.contype = 'c'))
  from schemas s join pg_catalog.pg_type y on y.typnamespace = s.oid and y.typtype = 'd'
  where not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = y.oid and d.deptype = 'e'
  )
)
select line from lines order by line collate "C"
