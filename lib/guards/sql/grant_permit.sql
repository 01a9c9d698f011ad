-- purpose:   makes a deletion permit that one role can open once, and lets that role call the function that opens it
-- runs as:   guard owner; nobody else may call it but the restore role, in an approved operation's transaction
-- locks:     none on the application's tables; the catalog rows of the schema and of use_permit
-- versions:  PostgreSQL 14 and later
-- undone by: revoke_permit_rights.sql
create or replace function holdfast.grant_permit(
  permit_id uuid, relation regclass, act text, role_name text, max_rows bigint, minutes integer, predicate text, secret_hash bytea,
  out opens_at timestamptz, out expires_at timestamptz
)
language plpgsql security definer set search_path = '' as $body$
declare
  counts_as regclass;
  role_id oid;
begin
  select g.counts_as into strict counts_as from holdfast.guarded_tables g where g.relation = grant_permit.relation;
  select r.oid into strict role_id from pg_catalog.pg_roles r where r.rolname = grant_permit.role_name;
  opens_at := clock_timestamp();
  expires_at := opens_at + make_interval(mins => minutes);
  insert into holdfast.permits (id, kind, operation_id, counts_as, act, role_name, max_rows, predicate, secret_hash, opens_at, expires_at)
  values (permit_id, 'deletion', permit_id::text, counts_as, act, role_name, max_rows, predicate, secret_hash, opens_at, expires_at);

  -- Rights are given and taken by one session at a time: two at once fail with “tuple concurrently updated”.
  perform pg_advisory_xact_lock(hashtextextended('holdfast:permit-rights', 0));
  if not has_schema_privilege(role_id, 'holdfast', 'usage') then
    execute format('grant usage on schema holdfast to %I', role_name);
  end if;
  if not has_function_privilege(role_id, 'holdfast.use_permit(text)', 'execute') then
    execute format('grant execute on function holdfast.use_permit(text) to %I', role_name);
  end if;
end
$body$;
revoke all on function holdfast.grant_permit(uuid, regclass, text, text, bigint, integer, text, bytea) from public;
