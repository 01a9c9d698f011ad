-- purpose:   the users that the demo's careless script takes for inactive: longest not signed in, about a third of all
-- runs as:   the demo's application role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select id::text as id
from auth.users u
where exists (
  select from public.core_relationships r where r.from_entity_id = u.id::text and r.relationship_type = 'USER_MEMBER_OF_ORG'
)
order by last_sign_in_at, id
limit 104
