-- purpose:   which of the given tables ($1: quoted names) this role may not read in full, and why
-- runs as:   backup or restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select t.name,
  not pg_catalog.has_schema_privilege(c.relnamespace, 'usage') as "noSchema",
  not pg_catalog.has_table_privilege(c.oid, 'select') as "noSelect",
  pg_catalog.row_security_active(c.oid) as "hidesRows",
  n.nspname as schema,
  current_user as "roleName"
from unnest($1::text[]) as t (name)
join pg_catalog.pg_class c on c.relname = (pg_catalog.parse_ident(t.name))[2]
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = (pg_catalog.parse_ident(t.name))[1]
where not pg_catalog.has_schema_privilege(c.relnamespace, 'usage')
  or not pg_catalog.has_table_privilege(c.oid, 'select')
  or pg_catalog.row_security_active(c.oid)
