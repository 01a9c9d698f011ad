-- purpose:   takes an evidence link that does not work out again
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: set_up_evidence.sql
do $$
declare
  evidence_role constant text := 'holdfast_evidence_' || left(md5(current_database()), 8);
begin
  delete from holdfast.evidence_link;
  if exists (select from pg_catalog.pg_roles r where r.rolname = evidence_role) then
    -- Not DROP OWNED: who made the role may drop it, but has none of its privileges.
    execute format(
      'revoke insert on holdfast.refused_attempts from %1$I; revoke usage on schema holdfast from %1$I; drop role %1$I', evidence_role);
  end if;
end $$
