-- purpose:   a database of this server by its name, and what the role may do with it
-- runs as:   owner, beside the database
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select d.oid::text as oid, d.datname as name, pg_catalog.pg_get_userbyid(d.datdba) as owner,
  pg_catalog.pg_encoding_to_char(d.encoding) as encoding, t.spcname as tablespace,
  pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
  case when pg_catalog.has_database_privilege(d.oid, 'connect') or pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
    then pg_catalog.pg_database_size(d.oid)::text end as "sizeBytes",
  me.rolname as role, me.rolsuper as "isSuperuser", me.rolsuper or me.rolcreatedb as "mayCreate",
  pg_catalog.pg_has_role(d.datdba, 'usage') as "mayOwn",
  (select s.setting from pg_catalog.pg_settings s where s.name = 'data_directory') as "dataDirectory",
  pg_catalog.current_setting('server_version_num')::int as "serverVersionNumber",
  pg_catalog.current_setting('server_version') as "serverVersion",
  pg_catalog.pg_is_in_recovery() as "isStandby"
from pg_catalog.pg_database d
join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
join pg_catalog.pg_roles me on me.rolname = current_user
where d.datname = $1
