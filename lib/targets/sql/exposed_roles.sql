-- purpose:   the roles that strangers act as: what an interface's own login switches into, and what is named as such
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select distinct r.rolname::text as name
from pg_catalog.pg_roles r
where not r.rolsuper and not r.rolbypassrls and not r.rolcanlogin and r.rolname !~ '^(pg_|holdfast)'
  and (
    r.rolname ~ '^((web_?)?anon(ymous)?|guest|public_(api|web)|visitor)$'
    or exists (
      -- A login that inherits nothing uses its roles by SET ROLE, one for each request.
      select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles login on login.oid = m.member
      where m.roleid = r.oid and login.rolcanlogin and not login.rolinherit and not login.rolsuper and not login.rolbypassrls
    )
  )
order by name
