-- purpose:   definitions that a drill restores without: owners, privileges, publications, subscriptions, labels, tablespaces, foreign credentials
-- runs as:   watch or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with owned as (
  select 'pg_catalog.pg_class'::regclass as classid, oid, 0 as subid, relowner as owner, relacl as acl,
    pg_catalog.acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner) as usual
  from pg_catalog.pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relpersistence <> 't'
  union all
  select 'pg_catalog.pg_class'::regclass, attrelid, attnum, null, attacl, '{}' from pg_catalog.pg_attribute
  where attnum > 0 and not attisdropped and attacl is not null
  union all
  select 'pg_catalog.pg_namespace'::regclass, oid, 0, nspowner, nspacl, pg_catalog.acldefault('n', nspowner) from pg_catalog.pg_namespace
  union all
  select 'pg_catalog.pg_proc'::regclass, oid, 0, proowner, proacl, pg_catalog.acldefault('f', proowner) from pg_catalog.pg_proc
  union all
  select 'pg_catalog.pg_type'::regclass, oid, 0, typowner, typacl, pg_catalog.acldefault('T', typowner) from pg_catalog.pg_type
  where typtype in ('e', 'd', 'r') or (typtype = 'c' and typrelid in (select oid from pg_catalog.pg_class where relkind = 'c'))
  union all
  select 'pg_catalog.pg_foreign_server'::regclass, oid, 0, srvowner, srvacl, pg_catalog.acldefault('S', srvowner) from pg_catalog.pg_foreign_server
  union all
  select 'pg_catalog.pg_event_trigger'::regclass, oid, 0, evtowner, null, null from pg_catalog.pg_event_trigger
), base as (
  select datdba from pg_catalog.pg_database where datname = pg_catalog.current_database()
), lines as (
  -- Only what is not as usual: the database's owner owns it and nobody was granted or denied anything.
  select pg_catalog.concat_ws(' ', 'access', i.type, i.identity, 'owner ' || pg_catalog.pg_get_userbyid(o.owner), (
      select pg_catalog.string_agg(item::text, ', ' order by item::text collate "C") from unnest(coalesce(o.acl, o.usual)) as item
    )) as line
  from owned o cross join base cross join lateral pg_catalog.pg_identify_object(o.classid, o.oid, o.subid) as i
  where o.oid >= 16384
    and (o.owner <> base.datdba or not (coalesce(o.acl, o.usual) @> o.usual and o.usual @> coalesce(o.acl, o.usual)))
    and coalesce(i.schema, '') !~ '^(holdfast(_|$)|pg_temp_|pg_toast)'
    and not (i.type in ('schema', 'event trigger') and i.identity ~ '^(holdfast(_|$)|pg_temp_|pg_toast)')
    and not exists (select from pg_catalog.pg_depend m where m.classid = o.classid and m.objid = o.oid and m.deptype = 'e')
  union all
  select pg_catalog.concat_ws(' ', 'access to', pg_catalog.count(*), 'large objects owner', pg_catalog.pg_get_userbyid(lomowner), lomacl)
  from pg_catalog.pg_largeobject_metadata group by lomowner, lomacl
  union all
  select pg_catalog.concat_ws(' ', 'access schema public owner', pg_catalog.pg_get_userbyid(nspowner), (
      select pg_catalog.string_agg(item::text, ', ' order by item::text collate "C") from unnest(nspacl) as item
    ))
  from pg_catalog.pg_namespace where nspname = 'public'
  union all
  select pg_catalog.format('default access of %s in %s to %s: %s', pg_catalog.pg_get_userbyid(d.defaclrole),
    coalesce((select n.nspname from pg_catalog.pg_namespace n where n.oid = d.defaclnamespace), 'every schema'), d.defaclobjtype,
    (select pg_catalog.string_agg(item::text, ', ' order by item::text collate "C") from unnest(d.defaclacl) as item))
  from pg_catalog.pg_default_acl d
  union all
  -- Columns of a publication and its row filters came with 15.
  select pg_catalog.format('publication %I: %s', p.pubname, pg_catalog.to_jsonb(p) - 'oid' - 'pubowner' - 'pubname')
  from pg_catalog.pg_publication p
  union all
  select pg_catalog.format('publication %I of %s', p.pubname, r.prrelid::regclass)
  from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
  union all
  select pg_catalog.format('subscription %I enabled %s', s.subname, s.subenabled) from pg_catalog.pg_subscription s
  where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  union all
  select pg_catalog.format('label on %s %s: %L', i.type, i.identity, l.label)
  from pg_catalog.pg_seclabel l cross join lateral pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) as i
  union all
  select pg_catalog.format('%s in tablespace %I', c.oid::regclass, t.spcname)
  from pg_catalog.pg_class c join pg_catalog.pg_tablespace t on t.oid = c.reltablespace where c.oid >= 16384
  union all
  -- By hash: options may name hosts and, wrongly placed, passwords.
  select pg_catalog.format('options of server %I: %s', f.srvname, 
    (select pg_catalog.md5(pg_catalog.string_agg(option, ',' order by option collate "C")) from unnest(f.srvoptions) as option))
  from pg_catalog.pg_foreign_server f
  union all
  select pg_catalog.format('user mapping of %s at %I', m.usename, m.srvname) from pg_catalog.pg_user_mappings m
)
select line from lines order by line collate "C"
