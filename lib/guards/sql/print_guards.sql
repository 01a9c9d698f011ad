-- purpose:   one SHA-256 per object of the installed guard, named as the plan names it, to compare with what was installed
-- runs as:   guard owner or watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- A change of what is hashed makes every earlier record unreadable: raise printScheme in read-prints.ts with it.
-- Owners and grants are not in it; find_tampering.sql watches those. Periods of the journals come and go by themselves.
with own as (
  select n.oid from pg_catalog.pg_namespace n where n.nspname = 'holdfast'
), extension_part as (
  select d.classid, d.objid from pg_catalog.pg_depend d where d.deptype = 'e'
), relation as (
  select c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity
  from pg_catalog.pg_class c join own on own.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'S') and c.relname <> 'operation_markers'
    and c.relname !~ '^(j\d{12}_|journal_statements_\d{12}$|old_)'
    and not exists (select from extension_part e where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid)
), part (object, content) as (
  select format('function holdfast.%I', p.proname),
    -- All that share a name count as one object, as in the plan.
    jsonb_agg(jsonb_build_array(pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname, p.prokind, p.prosecdef,
      p.proisstrict, p.proretset, p.provolatile, p.proleakproof, p.proconfig, p.prosrc, p.probin) order by pg_get_function_identity_arguments(p.oid) collate "C")
  from pg_catalog.pg_proc p join own on own.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang
  where not exists (select from extension_part e where e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid)
  group by p.proname
  union all
  select format('trigger %I on %s', t.tgname, t.tgrelid::regclass),
    -- 'O' and 'A' both fire in ordinary sessions; people may choose the latter.
    jsonb_build_array(case when t.tgenabled in ('O', 'A') then 'on' else t.tgenabled::text end, t.tgtype, p.proname, pg_get_triggerdef(t.oid))
  from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid join own on own.oid = p.pronamespace
  where not t.tgisinternal
  union all
  select format('event trigger %s', e.evtname),
    jsonb_build_array(case when e.evtenabled in ('O', 'A') then 'on' else e.evtenabled::text end, e.evtevent, e.evttags, p.proname, n.nspname)
  from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc p on p.oid = e.evtfoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where e.evtname like 'holdfast\_%'
  union all
  select format('%s holdfast.%I', case r.relkind when 'S' then 'sequence' else 'table' end, r.relname),
    jsonb_build_array(r.relkind, r.relpersistence, r.relrowsecurity)
  from relation r
  union all
  select format('column %I of holdfast.%I', a.attname, r.relname),
    jsonb_build_array(pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull)
  from relation r join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  where r.relkind <> 'S'
)
-- To SQL_ASCII: the bytes as they are, whatever the database's encoding.
select part.object, encode(sha256(convert_to(part.content::text, 'SQL_ASCII')), 'hex') as print from part order by part.object
