-- purpose:   what a scratch server needs to hold a copy of this database: version, encoding, locale, extensions, roles named in definitions
-- runs as:   backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select
  pg_catalog.current_database() as "databaseName",
  pg_catalog.current_setting('server_version') as "serverVersion",
  pg_catalog.current_setting('server_version_num')::int as "serverVersionNumber",
  pg_catalog.current_setting('server_encoding') as encoding,
  pg_catalog.pg_postmaster_start_time()::text as "serverStartedAt",
  case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
    then (select c.system_identifier::text from pg_catalog.pg_control_system() c) end as "systemIdentifier",
  array(select e.extname::text from pg_catalog.pg_extension e where e.extname <> 'plpgsql' order by 1) as extensions,
  (select pg_catalog.jsonb_object_agg(e.extname, e.extversion) from pg_catalog.pg_extension e) as "extensionVersions",
  -- By way of JSON: which of these columns there are depends on the version.
  (
    select pg_catalog.jsonb_build_object('provider', coalesce(j ->> 'datlocprovider', 'c'), 'collate', j ->> 'datcollate',
      'ctype', j ->> 'datctype', 'locale', coalesce(j ->> 'datlocale', j ->> 'daticulocale'), 'version', j ->> 'datcollversion')
    from pg_catalog.pg_database d, lateral (select pg_catalog.to_jsonb(d)) as as_json (j)
    where d.datname = pg_catalog.current_database()
  ) as locale,
  array(
    select distinct r.rolname::text
    from pg_catalog.pg_roles r
    where r.rolname !~ '^pg_'
      and (
        exists (select from pg_catalog.pg_policy p where r.oid = any (p.polroles))
        or exists (select from pg_catalog.pg_user_mappings m where m.umuser = r.oid)
      )
    order by 1
  ) as roles
