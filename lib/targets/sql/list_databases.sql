-- purpose:   the databases that this server has for people, with their sizes where the role may know them
-- runs as:   the watch role
-- locks:     none: pg_database, and the sizes of files
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select d.datname as name,
  case when pg_catalog.has_database_privilege(d.oid, 'connect') then pg_catalog.pg_database_size(d.oid) end as "sizeBytes"
from pg_catalog.pg_database d
where d.datallowconn and not d.datistemplate and d.datname <> 'postgres'
