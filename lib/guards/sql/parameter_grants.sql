-- purpose:   who but superusers may switch triggers off for their sessions
-- runs as:   guard owner or watch
-- locks:     none
-- versions:  PostgreSQL 15 and later; before, only superusers may
-- undone by: nothing to undo
select case a.grantee when 0 then 'everybody' else pg_get_userbyid(a.grantee)::text end as grantee, p.parname as parameter
from pg_catalog.pg_parameter_acl p, aclexplode(p.paracl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where p.parname in ('session_replication_role', 'event_triggers') and a.privilege_type = 'SET' and not coalesce(r.rolsuper, false)
order by 1
