-- purpose:   the extensions that are installed, with version and schema
-- runs as:   any role; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select e.extname as name, e.extversion as version, n.nspname as schema
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
order by e.extname collate "C"
