-- purpose:   everything else in a database that has a definition, one line of text each: schemas, types, routines, operators, event triggers, comments
-- runs as:   watch or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with schemas as (
  select oid, nspname from pg_catalog.pg_namespace
  where nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and nspname !~ '^(pg_temp|pg_toast)_'
    and nspname !~ '^holdfast(_|$)'
), members as (
  -- What an extension brings it makes again. 16384: below it are the objects of the system.
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
), types as (
  select y.*, y.oid::regtype::text as name from pg_catalog.pg_type y join schemas s on s.oid = y.typnamespace
  where not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = y.oid)
), routines as (
  select p.* from pg_catalog.pg_proc p join schemas s on s.oid = p.pronamespace
  where not exists (select from members m where m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = p.oid)
), plain as (
  -- Objects whose name is compared and no more.
  select classid, oid from (
    select 'pg_catalog.pg_opclass'::regclass as classid, oid from pg_catalog.pg_opclass
    union all select 'pg_catalog.pg_opfamily'::regclass, oid from pg_catalog.pg_opfamily
    union all select 'pg_catalog.pg_conversion'::regclass, oid from pg_catalog.pg_conversion
    union all select 'pg_catalog.pg_language'::regclass, oid from pg_catalog.pg_language
    union all select 'pg_catalog.pg_transform'::regclass, oid from pg_catalog.pg_transform
    union all select 'pg_catalog.pg_am'::regclass, oid from pg_catalog.pg_am
    union all select 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid from pg_catalog.pg_foreign_data_wrapper
    union all select 'pg_catalog.pg_ts_parser'::regclass, oid from pg_catalog.pg_ts_parser
    union all select 'pg_catalog.pg_ts_template'::regclass, oid from pg_catalog.pg_ts_template
  ) as things (classid, oid)
  where oid >= 16384 and (classid, oid) not in (select classid, objid from members)
), lines as (
  select pg_catalog.format('schema %I', nspname) as line from schemas
  where (oid <> 2200 or nspname <> 'public')
    and not exists (select from members m where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = schemas.oid)
  union all
  select pg_catalog.format('%s %s', i.type, i.identity)
  from plain cross join lateral pg_catalog.pg_identify_object(plain.classid, plain.oid, 0) as i
  union all
  select pg_catalog.format('composite %s (%s)', y.name, (
      select pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod),
        case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation end), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
    ))
  from types y join pg_catalog.pg_class c on c.oid = y.typrelid and c.relkind = 'c'
  union all
  select pg_catalog.concat_ws(' ', 'range', y.name, r.rngsubtype::regtype, r.rngmultitypid::regtype, nullif(r.rngcollation, 0)::regcollation,
    (select o.opcname from pg_catalog.pg_opclass o where o.oid = r.rngsubopc), r.rngcanonical, r.rngsubdiff)
  from types y join pg_catalog.pg_range r on r.rngtypid = y.oid
  union all
  select pg_catalog.concat_ws(' ', 'base-type', y.name, y.typinput, y.typoutput, y.typlen, y.typstorage::text)
  from types y where y.typtype = 'b' and y.typelem = 0 and y.typisdefined
  union all
  select pg_catalog.concat_ws(' ', 'domain-details', y.name, 'default ' || y.typdefault,
    case when y.typcollation <> b.typcollation then 'collate ' || y.typcollation::regcollation end, (
      select pg_catalog.string_agg(pg_catalog.format('%I%s', k.conname, case when not k.convalidated then ' not validated' end), ', ' order by k.conname collate "C")
      from pg_catalog.pg_constraint k where k.contypid = y.oid and k.contype = 'c'
    ))
  from types y join pg_catalog.pg_type b on b.oid = y.typbasetype
  where y.typtype = 'd'
  union all
  select pg_catalog.concat_ws(' ', 'routine-details', p.oid::regprocedure, '(' || pg_catalog.pg_get_function_arguments(p.oid) || ')',
    'returns ' || pg_catalog.pg_get_function_result(p.oid), (select l.lanname from pg_catalog.pg_language l where l.oid = p.prolang),
    p.provolatile, p.proparallel, case when p.proisstrict then 'strict' end, case when p.proleakproof then 'leakproof' end,
    'cost', p.procost, 'rows', p.prorows, p.probin, pg_catalog.pg_get_function_sqlbody(p.oid))
  from routines p
  union all
  select pg_catalog.concat_ws(' ', 'aggregate', p.oid::regprocedure, a.aggkind, a.aggtransfn, a.aggtranstype::regtype, a.aggfinalfn, a.aggfinalmodify,
    a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn, a.aggsortop::regoper,
    'starts ' || a.agginitval)
  from routines p join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid
  union all
  select pg_catalog.concat_ws(' ', 'operator', o.oid::regoperator, o.oprcode, o.oprresult::regtype, 'commutes ' || nullif(o.oprcom, 0)::regoperator,
    'negates ' || nullif(o.oprnegate, 0)::regoperator, o.oprrest, o.oprjoin, case when o.oprcanmerge then 'merges' end,
    case when o.oprcanhash then 'hashes' end)
  from pg_catalog.pg_operator o join schemas s on s.oid = o.oprnamespace
  where o.oprcode <> 0 and not exists (select from members m where m.classid = 'pg_catalog.pg_operator'::regclass and m.objid = o.oid)
  union all
  select pg_catalog.concat_ws(' ', 'cast', c.castsource::regtype, c.casttarget::regtype, nullif(c.castfunc, 0)::regprocedure, c.castcontext, c.castmethod)
  from pg_catalog.pg_cast c
  where c.oid >= 16384 and not exists (select from members m where m.classid = 'pg_catalog.pg_cast'::regclass and m.objid = c.oid)
  union all
  -- The locale's column is another one in each of 14, 15 and 17.
  select pg_catalog.concat_ws(' ', 'collation', l.oid::regcollation, l.collprovider,
    coalesce(pg_catalog.to_jsonb(l) ->> 'colllocale', pg_catalog.to_jsonb(l) ->> 'colliculocale', l.collcollate),
    case when l.collprovider = 'c' then l.collctype end, case when not l.collisdeterministic then 'nondeterministic' end)
  from pg_catalog.pg_collation l join schemas s on s.oid = l.collnamespace
  where not exists (select from members m where m.classid = 'pg_catalog.pg_collation'::regclass and m.objid = l.oid)
  union all
  select pg_catalog.concat_ws(' ', 'text-search-dictionary', d.oid::regdictionary, t.tmplname, d.dictinitoption)
  from pg_catalog.pg_ts_dict d join schemas s on s.oid = d.dictnamespace join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
  where not exists (select from members m where m.classid = 'pg_catalog.pg_ts_dict'::regclass and m.objid = d.oid)
  union all
  select pg_catalog.format('text-search-configuration %s: %s', f.oid::regconfig, (
      select pg_catalog.string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary, ', ' order by m.maptokentype, m.mapseqno)
      from pg_catalog.pg_ts_config_map m where m.mapcfg = f.oid
    ))
  from pg_catalog.pg_ts_config f join schemas s on s.oid = f.cfgnamespace
  where not exists (select from members m where m.classid = 'pg_catalog.pg_ts_config'::regclass and m.objid = f.oid)
  union all
  select pg_catalog.concat_ws(' ', 'event-trigger', pg_catalog.quote_ident(e.evtname), 'on', e.evtevent, e.evtenabled,
    'when ' || pg_catalog.array_to_string(e.evttags, ', '), e.evtfoid::regprocedure)
  from pg_catalog.pg_event_trigger e
  where e.evtname !~ '^holdfast(_|$)'
    and not exists (select from members m where m.classid = 'pg_catalog.pg_event_trigger'::regclass and m.objid = e.oid)
  union all
  select pg_catalog.concat_ws(' ', 'foreign-server', pg_catalog.quote_ident(f.srvname), f.srvtype, f.srvversion,
    (select w.fdwname from pg_catalog.pg_foreign_data_wrapper w where w.oid = f.srvfdw))
  from pg_catalog.pg_foreign_server f
  where not exists (select from members m where m.classid = 'pg_catalog.pg_foreign_server'::regclass and m.objid = f.oid)
  union all
  select pg_catalog.format('comment on %s %s: %s', i.type, i.identity, pg_catalog.quote_literal(d.description))
  from pg_catalog.pg_description d
  cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) as i
  where d.objoid >= 16384
    and d.classoid not in ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_publication'::regclass, 'pg_catalog.pg_subscription'::regclass)
    and not exists (select from members m where m.classid = d.classoid and m.objid = d.objoid)
    and coalesce(i.schema, '') !~ '^(holdfast(_|$)|pg_temp_|pg_toast)'
    and not (i.type in ('schema', 'event trigger') and i.identity ~ '^holdfast(_|$)')
)
select line from lines order by line collate "C"
