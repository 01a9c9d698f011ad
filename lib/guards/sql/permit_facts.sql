-- purpose:   what a permit's plan has to know of the target: the table's guard, the role and its rights
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 the table, quoted; $2 the role; $3 delete or update
select
  c.oid::text as "relationId",
  c.reltuples::float8 as "estimatedRows",
  exists (
    select from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where t.tgrelid = c.oid and n.nspname = 'holdfast' and t.tgenabled <> 'D'
  ) as "isGuarded",
  exists (
    select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'holdfast' and p.proname = 'grant_permit'
  ) as "knowsPermits",
  r.oid is not null as "roleExists",
  coalesce(r.rolsuper, false) as "roleIsSuperuser",
  coalesce(case $3::text
    when 'delete' then has_table_privilege(r.oid, c.oid, 'delete')
    else has_table_privilege(r.oid, c.oid, 'update') or has_any_column_privilege(r.oid, c.oid, 'update')
  end, false) as "mayAct"
from (select to_regclass($1) as relation) wanted
join pg_catalog.pg_class c on c.oid = wanted.relation
left join pg_catalog.pg_roles r on r.rolname = $2::text
