-- purpose:   what was done to an installed guard beside its objects: owners, grants, renamed tables, agents with powers; and new tables
-- runs as:   guard owner or watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 the roles that may open an operation; run only where holdfast.guarded_tables and holdfast.agents are
with schema_owner as (
  select n.oid, n.nspowner as owner from pg_catalog.pg_namespace n where n.nspname = 'holdfast'
), routine as (
  select p.oid, p.proname, p.proowner, p.proacl, p.prorettype
  from pg_catalog.pg_proc p join schema_owner s on s.oid = p.pronamespace
  where not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
), relation as (
  select c.oid, c.relname, c.relowner, c.relacl, c.relkind
  from pg_catalog.pg_class c join schema_owner s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'S') and c.relname <> 'operation_markers' and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
), problem as (
  select null::text as "table", format('its %s() belongs to %s', r.proname, pg_get_userbyid(r.proowner)) as problem
  from routine r, schema_owner s where r.proowner <> s.owner
  union all
  select null, format('%s may call its %s()', case a.grantee when 0 then 'everybody' else pg_get_userbyid(a.grantee) end, r.proname)
  from routine r, schema_owner s, aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) a
  where a.grantee not in (r.proowner, s.owner) and a.privilege_type = 'EXECUTE' and case r.proname
    when 'use_permit' then false
    when 'open_permit' then a.grantee = 0 or pg_get_userbyid(a.grantee) <> all ($1::text[])
    when 'grant_permit' then a.grantee = 0 or pg_get_userbyid(a.grantee) <> all ($1::text[])
    else a.grantee = 0
  end
  union all
  select null, format('its %s belongs to %s', r.relname, pg_get_userbyid(r.relowner))
  from relation r, schema_owner s where r.relowner <> s.owner
  union all
  select null, format('%s may write its %s', case a.grantee when 0 then 'everybody' else pg_get_userbyid(a.grantee) end, r.relname)
  from relation r, aclexplode(r.relacl) a
  where a.grantee <> r.relowner
    and a.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
    and not (r.relname = 'refused_attempts' and a.privilege_type = 'INSERT'
      and pg_get_userbyid(a.grantee) = 'holdfast_evidence_' || left(md5(current_database()), 8))
  group by a.grantee, r.relname
  union all
  select g.table_name, case
      when c.oid is null then 'another table has its name; the guarded one is gone'
      when to_regclass(g.table_name) is null then format('it was renamed to %s; its guard went along', g.relation)
      else format('another table has its name; the guarded one is %s now', g.relation)
    end
  from holdfast.guarded_tables g left join pg_catalog.pg_class c on c.oid = g.relation
  where g.relation = g.counts_as and to_regclass(g.table_name) is distinct from g.relation
    and not (c.oid is null and to_regclass(g.table_name) is null)
  union all
  select null, format('the agent %s is %s', r.rolname, concat_ws(' and ', case when r.rolsuper then 'a superuser' end,
    case when r.rolbypassrls then 'past row security' end, case when r.rolreplication then 'a replication role' end,
    case when r.rolcreaterole then 'a maker of roles' end, case when r.rolcreatedb then 'a maker of databases' end))
  from holdfast.agents a join pg_catalog.pg_roles r on r.rolname = a.role_name
  where r.rolsuper or r.rolbypassrls or r.rolreplication or r.rolcreaterole or r.rolcreatedb
  union all
  select null, format('the agent %s is a member of %s', a.role_name, pg_get_userbyid(m.roleid))
  from holdfast.agents a join pg_catalog.pg_roles r on r.rolname = a.role_name
  join pg_catalog.pg_auth_members m on m.member = r.oid
)
select
  (select coalesce(jsonb_agg(jsonb_build_object('table', p."table", 'problem', p.problem) order by p.problem), '[]') from problem p) as problems,
  (
    -- Whoever is one of these can take the guard away; what they do is found, not prevented.
    select coalesce(jsonb_agg(w.rolname order by w.rolname), '[]') from (
      select r.rolname from pg_catalog.pg_roles r where r.rolsuper and r.rolcanlogin
      union
      select r.rolname from pg_catalog.pg_roles r, schema_owner s
      where r.rolcanlogin and not r.rolsuper and pg_has_role(r.oid, s.owner, 'member')
    ) w
  ) as powers,
  (
    -- Tables with rows in the schemas of guarded ones; temporary, unlogged and extensions' tables, partitions and the lists
    -- that migration tools keep do not count.
    select coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname) order by n.nspname, c.relname), '[]')
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
      and n.oid in (
        select t.relnamespace from holdfast.guarded_tables g join pg_catalog.pg_class t on t.oid = g.relation
      )
      and n.nspname <> 'holdfast'
      and c.oid not in (select g.relation from holdfast.guarded_tables g)
      and not exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
      )
      and c.relname !~* '^_*(drizzle_migrations|prisma_migrations|schema_migrations|ar_internal_metadata|flyway_schema_history|alembic_version|knex_migrations.*|goose_db_version|django_migrations|pgmigrations|migrations|typeorm_metadata|sequelizemeta|databasechangelog(lock)?|atlas_schema_revisions|spatial_ref_sys)$'
      and exists (
        select from pg_catalog.pg_partition_tree(c.oid) t where pg_relation_size(t.relid) > 0
        union all
        select where c.relkind = 'r' and pg_relation_size(c.oid) > 0
      )
  ) as "otherTables"
