-- purpose:   what an archive needs of the server and the server lacks: extensions ($1), roles ($2), and roles that own objects and that this role may not act as
-- runs as:   owner, in the live database
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with owners as (
  select relowner as oid from pg_catalog.pg_class where oid >= 16384
  union select nspowner from pg_catalog.pg_namespace where oid >= 16384
  union select proowner from pg_catalog.pg_proc where oid >= 16384
  union select typowner from pg_catalog.pg_type where oid >= 16384
)
select
  array(select e from unnest($1::text[]) e where e not in (select name from pg_catalog.pg_available_extensions)) as extensions,
  array(select r from unnest($2::text[]) r where r not in (select rolname from pg_catalog.pg_roles)) as roles,
  array(select pg_catalog.pg_get_userbyid(oid)::text from owners where not pg_catalog.pg_has_role(oid, 'usage') order by 1) as owners,
  (select count(*)::int from pg_catalog.pg_class where reltablespace <> 0 and relkind in ('r', 'i', 'm', 'p') and oid >= 16384) as "placedElsewhere",
  (select count(*)::int from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
    where d.datname = pg_catalog.current_database()) as subscriptions
