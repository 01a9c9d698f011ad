-- purpose:   how many living users have no membership that is in force
-- runs as:   the demo's application role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select count(*) as users
from auth.users u
where u.deleted_at is null and not exists (
  select from public.core_relationships r
  where r.from_entity_id = u.id::text and r.relationship_type = 'USER_MEMBER_OF_ORG' and r.is_active
    and (r.expiration_date is null or r.expiration_date > now())
)
