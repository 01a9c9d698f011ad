-- purpose:   the statements that give a database ($2) the settings and rights of another one ($1), each with a name to tell it by
-- runs as:   owner, beside both; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: drop database
with source as (
  select * from pg_catalog.pg_database where datname = $1
), settings as (
  select r.rolname, split_part(c.line, '=', 1) as name, substr(c.line, strpos(c.line, '=') + 1) as value
  from source
  join pg_catalog.pg_db_role_setting s on s.setdatabase = source.oid
  left join pg_catalog.pg_roles r on r.oid = s.setrole
  cross join unnest(s.setconfig) as c(line)
  where s.setrole = 0 or r.rolname is not null
), rights as (
  select a.* from source cross join lateral pg_catalog.aclexplode(source.datacl) a
), statements as (
  select 1 as part, 'the limit of connections' as what,
    pg_catalog.format('alter database %I connection limit %s', $2::text, datconnlimit) as statement
  from source where datconnlimit <> -1
  union all
  -- By name only: applications keep secrets in settings of their own.
  select 2, pg_catalog.concat_ws(' ', 'the setting', name, 'of role ' || rolname),
    pg_catalog.format('alter %s set %I to %s',
      case when rolname is null then pg_catalog.format('database %I', $2::text)
        else pg_catalog.format('role %I in database %I', rolname, $2::text) end,
      name,
      -- Lists are kept quoted already.
      case when name in ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries')
        then case when value = '' then '''''' else value end else quote_literal(value) end)
  from settings
  union all
  select 3, 'that not everybody may connect', pg_catalog.format('revoke all on database %I from public', $2::text)
  from source where datacl is not null
  union all
  select 4, pg_catalog.format('the right %s of %s', lower(privilege_type),
      case grantee when 0 then 'everybody' else pg_catalog.pg_get_userbyid(grantee) end),
    pg_catalog.format('grant %s on database %I to %s%s', privilege_type, $2::text,
      case grantee when 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(grantee)) end,
      case when is_grantable then ' with grant option' else '' end)
  from rights where grantee = 0 or grantee in (select oid from pg_catalog.pg_roles)
)
select what, statement from statements order by part, what
