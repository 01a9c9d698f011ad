-- purpose:   which database this is: version, cluster, whether it can be written, what the role may do
-- runs as:   any role
-- locks:     none
-- versions:  PostgreSQL 14 and later (older ones answer too, so that they can be refused by version)
-- undone by: nothing to undo
select
  current_setting('server_version') as "serverVersion",
  current_setting('server_version_num')::int as "serverVersionNumber",
  pg_catalog.pg_is_in_recovery() as "isStandby",
  pg_catalog.current_database() as "databaseName",
  (select d.oid::text from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) as "databaseOid",
  pg_catalog.pg_postmaster_start_time()::text as "serverStartedAt",
  case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
    then (select c.system_identifier::text from pg_catalog.pg_control_system() c) end as "systemIdentifier",
  r.rolname as "roleName",
  r.rolsuper as "isSuperuser",
  r.rolbypassrls as "bypassesRowSecurity"
from pg_catalog.pg_roles r
where r.rolname = current_user
