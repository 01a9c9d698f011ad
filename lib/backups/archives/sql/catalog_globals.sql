-- purpose:   roles, memberships and settings of the cluster as SQL statements, without passwords, where pg_dumpall may not look
-- runs as:   backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with
  roles as (
    select r.* from pg_catalog.pg_roles r where r.rolname !~ '^pg_'
  ),
  settings as (
    select s.setrole, s.setdatabase, split_part(c.line, '=', 1) as name, substr(c.line, strpos(c.line, '=') + 1) as value
    from pg_catalog.pg_db_role_setting s, unnest(s.setconfig) as c(line)
    where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
  ),
  statements as (
    select 1 as part, r.rolname::text as place, pg_catalog.format('create role %I;', r.rolname) as statement from roles r
    union all
    select 2, r.rolname,
      pg_catalog.format('alter role %I with %s %s %s %s %s %s %s connection limit %s%s;', r.rolname,
        case when r.rolsuper then 'superuser' else 'nosuperuser' end,
        case when r.rolinherit then 'inherit' else 'noinherit' end,
        case when r.rolcreaterole then 'createrole' else 'nocreaterole' end,
        case when r.rolcreatedb then 'createdb' else 'nocreatedb' end,
        case when r.rolcanlogin then 'login' else 'nologin' end,
        case when r.rolreplication then 'replication' else 'noreplication' end,
        case when r.rolbypassrls then 'bypassrls' else 'nobypassrls' end,
        r.rolconnlimit,
        case when r.rolvaliduntil is null then '' else ' valid until ' || quote_literal(r.rolvaliduntil::text) end)
    from roles r
    union all
    select 3, member.rolname || ' ' || granted.rolname,
      pg_catalog.format('grant %I to %I%s;', granted.rolname, member.rolname,
        case when m.admin_option then ' with admin option' else '' end)
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles granted on granted.oid = m.roleid
    join pg_catalog.pg_roles member on member.oid = m.member
    where member.rolname !~ '^pg_'
    union all
    select 4, coalesce(r.rolname, '') || ' ' || coalesce(d.datname, '') || ' ' || s.name,
      pg_catalog.format('alter %s%s set %I to %s;',
        case when r.rolname is null then pg_catalog.format('database %I', d.datname) else pg_catalog.format('role %I', r.rolname) end,
        case when r.rolname is not null and d.datname is not null then pg_catalog.format(' in database %I', d.datname) else '' end,
        s.name,
        -- Lists are kept quoted already.
        case when s.name in ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries')
          then case when s.value = '' then '''''' else s.value end else quote_literal(s.value) end)
    from settings s
    left join roles r on r.oid = s.setrole
    left join pg_catalog.pg_database d on d.oid = s.setdatabase
    where r.rolname is not null or (s.setrole = 0 and d.datname is not null)
  )
select part, statement from statements order by part, place
