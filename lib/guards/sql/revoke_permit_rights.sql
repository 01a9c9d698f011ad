-- purpose:   takes from every role that has no open deletion permit any more what it was given to open one
-- runs as:   guard owner
-- locks:     none on the application's tables; the catalog rows of the schema and of use_permit
-- versions:  PostgreSQL 14 and later
-- undone by: grant_permit.sql
create or replace function holdfast.revoke_permit_rights() returns void
language plpgsql set search_path = '' as $body$
declare
  grantee record;
begin
  perform pg_advisory_xact_lock(hashtextextended('holdfast:permit-rights', 0));
  for grantee in
    select r.oid, r.rolname
    from pg_catalog.pg_proc p, aclexplode(p.proacl) a join pg_catalog.pg_roles r on r.oid = a.grantee
    where p.oid = 'holdfast.use_permit(text)'::regprocedure and a.grantee <> p.proowner and not exists (
      select from holdfast.permits o
      where o.kind = 'deletion' and o.role_name = r.rolname and o.transaction_id is null and o.expires_at > clock_timestamp()
    )
  loop
    execute format('revoke execute on function holdfast.use_permit(text) from %I', grantee.rolname);
    -- Who has rights on anything else in the schema was given its usage for that.
    if not exists (
      select from pg_catalog.pg_proc p, aclexplode(p.proacl) a
      where p.pronamespace = 'holdfast'::regnamespace and a.grantee = grantee.oid
      union all
      select from pg_catalog.pg_class c, aclexplode(c.relacl) a
      where c.relnamespace = 'holdfast'::regnamespace and a.grantee = grantee.oid
    ) then
      execute format('revoke usage on schema holdfast from %I', grantee.rolname);
    end if;
  end loop;
end
$body$;
revoke all on function holdfast.revoke_permit_rights() from public;
