-- purpose:   what belongs to the server and concerns this database: its locale, the roles it names (never their passwords), settings
-- runs as:   any role; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later (locale provider and recorded collation version since 15)
-- undone by: nothing to undo
with recursive base as (
  select d.*, pg_catalog.to_jsonb(d) as fields from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
), named (oid) as (
  select s.refobjid from pg_catalog.pg_shdepend s, base
  where s.refclassid = 'pg_catalog.pg_authid'::regclass
    and (s.dbid = base.oid or (s.classid = 'pg_catalog.pg_database'::regclass and s.objid = base.oid))
  union select base.datdba from base
  union select s.setrole from pg_catalog.pg_db_role_setting s, base where s.setdatabase = base.oid and s.setrole <> 0
  -- What they are members of decides what they may do.
  union select m.roleid from named n join pg_catalog.pg_auth_members m on m.member = n.oid
)
select pg_catalog.jsonb_build_object(
  'database', (
    select pg_catalog.jsonb_build_object(
      'encoding', pg_catalog.pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype,
      'localeProvider', coalesce(fields ->> 'datlocprovider', 'c'),
      'locale', coalesce(fields ->> 'datlocale', fields ->> 'daticulocale'),
      'collationVersion', fields ->> 'datcollversion',
      'connectionLimit', datconnlimit, 'owner', pg_catalog.pg_get_userbyid(datdba))
    from base
  ),
  'roles', (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'name', r.rolname, 'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createRole', r.rolcreaterole, 'createDatabase', r.rolcreatedb,
      'login', r.rolcanlogin, 'replication', r.rolreplication, 'bypassRowSecurity', r.rolbypassrls, 'connectionLimit', r.rolconnlimit,
      'validUntil', r.rolvaliduntil,
      'memberOf', (
        select coalesce(pg_catalog.jsonb_agg(distinct pg_catalog.pg_get_userbyid(m.roleid)), '[]'::jsonb)
        from pg_catalog.pg_auth_members m where m.member = r.oid
      )) order by r.rolname collate "C"), '[]'::jsonb)
    from pg_catalog.pg_roles r join named n on n.oid = r.oid
    where r.rolname !~ '^pg_'
  ),
  'settings', (
    -- Applications keep secrets in settings of their own (those with a dot): these by name only.
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'role', case when s.setrole <> 0 then pg_catalog.pg_get_userbyid(s.setrole) end,
      'setting', case when one ~ '^[^=]*\.' then pg_catalog.split_part(one, '=', 1) else one end
      ) order by s.setrole, one collate "C"), '[]'::jsonb)
    from base join pg_catalog.pg_db_role_setting s on s.setdatabase = base.oid
    cross join lateral unnest(s.setconfig) as one
  )
) as globals
