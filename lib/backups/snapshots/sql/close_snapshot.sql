-- purpose:   takes a schema of copies ($1) and everything in it from whoever got a right to it by the database's default privileges
-- runs as:   guard or restore, the owner of the schema
-- locks:     those of REVOKE, on the copies only
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo; the readers are granted theirs afterwards
select pg_catalog.format('revoke all on %s from %s cascade', granted.what,
  case when granted.grantee = 0 then 'public' else (select pg_catalog.quote_ident(r.rolname) from pg_catalog.pg_roles r where r.oid = granted.grantee) end) as statement
from (
  select pg_catalog.format('schema %I', n.nspname) as what, a.grantee, n.nspowner as owner
  from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
  where n.nspname = $1
  union
  select pg_catalog.format('table %I.%I', n.nspname, c.relname), a.grantee, c.relowner
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) a
  where n.nspname = $1 and c.relkind in ('r', 'v')
) granted
where granted.grantee <> granted.owner
