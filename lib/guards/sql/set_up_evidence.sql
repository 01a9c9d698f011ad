-- purpose:   a role and a link that carry the evidence of a refused attempt out of its transaction
-- runs as:   superuser, or a role that may create roles and the dblink extension; safe to run again
-- locks:     none on the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create extension if not exists dblink with schema holdfast;
do $$
declare
  -- Roles belong to the whole server, so the name says which database it serves.
  evidence_role constant text := 'holdfast_evidence_' || left(md5(current_database()), 8);
  -- Made here, so that it appears in no plan, no statement log and no file.
  secret constant text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  other name;
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = evidence_role) then
    execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication connection limit 5', evidence_role);
  end if;
  execute format('alter role %I password %L', evidence_role, secret);
  execute format('grant usage on schema holdfast to %I', evidence_role);
  execute format('grant insert on holdfast.refused_attempts to %I', evidence_role);
  -- A restored copy brings the grants to the original's role along.
  for other in
    select distinct r.rolname from pg_catalog.pg_class c, aclexplode(c.relacl) a join pg_catalog.pg_roles r on r.oid = a.grantee
    where c.oid = 'holdfast.refused_attempts'::regclass and r.rolname like 'holdfast\_evidence\_%' and r.rolname <> evidence_role
  loop
    execute format('revoke all on holdfast.refused_attempts from %1$I; revoke usage on schema holdfast from %1$I', other);
  end loop;
  insert into holdfast.evidence_link (role_name, password) values (evidence_role, secret)
  on conflict (id) do update set role_name = excluded.role_name, password = excluded.password;
end $$;
