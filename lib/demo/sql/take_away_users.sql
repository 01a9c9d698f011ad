-- purpose:   takes some users' memberships and role rows away in one statement: one small bite of the demo's disaster
-- runs as:   the demo's application role
-- locks:     row locks on what it deletes
-- versions:  PostgreSQL 14 and later
-- undone by: a restore, or an undo from the journal
with membership as (
  delete from public.core_relationships r
  where r.relationship_type = 'USER_MEMBER_OF_ORG' and r.from_entity_id = any ($1::text[])
  returning 1
), role as (
  delete from public.core_dynamic_data d where d.field_name = 'role' and d.entity_id = any ($1::text[]) returning 1
)
select (select count(*) from membership) as memberships, (select count(*) from role) as roles
