-- purpose:   what the session's role could not read, see or write, and what it is a member of
-- runs as:   each of Holdfast's roles in turn; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with me as (select r.oid, r.rolsuper, r.rolbypassrls from pg_catalog.pg_roles r where r.rolname = current_user),
tables as (
  select c.oid, c.relowner, c.relrowsecurity, c.relforcerowsecurity, n.oid as schema_oid,
    n.nspname as schema, c.relname as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname !~ '^(pg_temp|pg_toast)_'
    and n.nspname !~ '^holdfast(_|$)'
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
)
select current_user::text as "roleName", me.rolsuper as "isSuperuser",
  pg_catalog.pg_has_role('pg_monitor', 'member') as "isMonitor",
  pg_catalog.pg_has_role('pg_read_all_data', 'member') as "readsAllData",
  me.rolbypassrls as "bypassesRowSecurity",
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as "mayCreateSchemas",
  (select count(*)::int from tables) as "tableCount",
  (
    select coalesce(jsonb_agg(jsonb_build_object('schema', t.schema, 'name', t.name) order by t.schema, t.name), '[]') from tables t
    where not (pg_catalog.has_schema_privilege(t.schema_oid, 'USAGE') and pg_catalog.has_table_privilege(t.oid, 'SELECT'))
  ) as "unreadableTables",
  (
    select coalesce(jsonb_agg(jsonb_build_object('schema', t.schema, 'name', t.name) order by t.schema, t.name), '[]') from tables t
    where t.relrowsecurity and not me.rolsuper and not me.rolbypassrls
      and (t.relforcerowsecurity or not pg_catalog.pg_has_role(t.relowner, 'usage'))
  ) as "hiddenTables",
  (
    select coalesce(jsonb_agg(jsonb_build_object('schema', t.schema, 'name', t.name) order by t.schema, t.name), '[]') from tables t
    where not (pg_catalog.has_table_privilege(t.oid, 'INSERT') and pg_catalog.has_table_privilege(t.oid, 'UPDATE')
      and pg_catalog.has_table_privilege(t.oid, 'DELETE'))
  ) as "unwritableTables",
  (
    select coalesce(jsonb_agg(jsonb_build_object('schema', t.schema, 'name', t.name) order by t.schema, t.name), '[]') from tables t
    where not pg_catalog.has_table_privilege(t.oid, 'TRIGGER')
  ) as "unguardableTables",
  (
    select count(*)::int from pg_catalog.pg_largeobject_metadata l
    where not me.rolsuper and not pg_catalog.pg_has_role(l.lomowner, 'usage') and l.lomacl is null
  ) as "unreadableLargeObjects",
  (
    select coalesce(array_agg(e.extname || ' ' || e.extversion order by e.extname), '{}')
    from pg_catalog.pg_extension e where e.extname <> 'plpgsql'
  ) as extensions
from me
