-- purpose:   everything in the catalogs that a guard could leave behind or change, to compare before and after
-- runs as:   superuser
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select thing from (
  select format('class %s kind %s owner %s acl %s options %s', c.oid::regclass, c.relkind, c.relowner::regrole, c.relacl, c.reloptions)
  from pg_catalog.pg_class c where c.relnamespace::regnamespace::text !~ '^pg_(toast|temp)|^pg_catalog$|^information_schema$'
  union all
  select format('column %s.%s %s acl %s dropped %s', a.attrelid::regclass, a.attname, a.atttypid::regtype, a.attacl, a.attisdropped)
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  where a.attnum > 0 and c.relnamespace::regnamespace::text !~ '^pg_(toast|temp)|^pg_catalog$|^information_schema$'
  union all
  select format('function %s', p.oid::regprocedure) from pg_catalog.pg_proc p where p.pronamespace::regnamespace::text !~ '^pg_|^information_schema$'
  union all
  select format('type %s', t.oid::regtype) from pg_catalog.pg_type t where t.typnamespace::regnamespace::text !~ '^pg_|^information_schema$'
  union all
  select format('trigger %s on %s enabled %s', t.tgname, t.tgrelid::regclass, t.tgenabled) from pg_catalog.pg_trigger t where not t.tgisinternal
  union all
  select format('event trigger %s', e.evtname) from pg_catalog.pg_event_trigger e
  union all
  select format('schema %s acl %s', n.nspname, n.nspacl) from pg_catalog.pg_namespace n where n.nspname !~ '^pg_(toast|temp)'
  union all
  select format('extension %s', e.extname) from pg_catalog.pg_extension e
  union all
  select format('foreign %s', s.srvname) from pg_catalog.pg_foreign_server s
  union all
  select format('default acl %s %s', d.defaclrole::regrole, d.defaclacl) from pg_catalog.pg_default_acl d
  union all
  -- Roles, memberships and settings belong to the whole server: only what concerns this database.
  select format('role %s', r.rolname) from pg_catalog.pg_roles r where r.rolname like '%' || left(md5(current_database()), 8) || '%'
  union all
  select distinct format('shared dependency of %s', d.refobjid::regrole) from pg_catalog.pg_shdepend d
  where d.dbid = (select b.oid from pg_catalog.pg_database b where b.datname = current_database()) and d.refclassid = 'pg_catalog.pg_authid'::regclass
  union all
  select format('database acl %s', b.datacl) from pg_catalog.pg_database b where b.datname = current_database()
  union all
  select format('setting %s of %s', s.setconfig, s.setrole) from pg_catalog.pg_db_role_setting s
  where s.setdatabase = (select b.oid from pg_catalog.pg_database b where b.datname = current_database())
) as things (thing)
order by thing
