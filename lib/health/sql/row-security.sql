-- purpose:   every relation of the application with its row-level security, its policies, and what PUBLIC and the exposed roles may do to it
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with exposed as (
  select 'public' as role
  union all
  select r.rolname::text from pg_catalog.pg_roles r where r.rolname = any ($1::text[])
), relations as (
  select c.oid, n.oid as schema_oid, n.nspname as schema, c.relname as name,
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as place,
    c.relkind as kind, c.relrowsecurity as is_on, c.relforcerowsecurity as is_forced, pg_catalog.pg_get_userbyid(c.relowner) as owner,
    coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false) as as_invoker
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname !~ '^(pg_temp|pg_toast)_' and n.nspname !~ '^holdfast(_|$)'
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
    )
)
select t.schema::text, t.name::text, t.place, t.kind::text, t.is_on as "isOn", t.is_forced as "isForced", t.owner::text,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'name', pg_catalog.quote_ident(p.polname), 'command', p.polcmd, 'permissive', p.polpermissive,
      'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
      'roles', (select jsonb_agg(case when u.id = 0 then 'public' else r.rolname::text end)
        from pg_catalog.unnest(p.polroles) as u (id) left join pg_catalog.pg_roles r on r.oid = u.id)
    ) order by p.polname)
    from pg_catalog.pg_policy p where p.polrelid = t.oid
  ), '[]') as policies,
  coalesce((
    select jsonb_agg(jsonb_build_object('role', e.role, 'privileges', g.privileges) order by e.role)
    from exposed e, lateral (
      select pg_catalog.array_agg(v.privilege order by v.place) as privileges
      from (values (1, 'SELECT'), (2, 'INSERT'), (3, 'UPDATE'), (4, 'DELETE'), (5, 'TRUNCATE')) as v (place, privilege)
      where case when v.place <= 3 then pg_catalog.has_any_column_privilege(e.role, t.oid, v.privilege)
        else pg_catalog.has_table_privilege(e.role, t.oid, v.privilege) end
    ) g
    where g.privileges is not null and pg_catalog.has_schema_privilege(e.role, t.schema_oid, 'USAGE')
  ), '[]') as exposures,
  -- Whoever is granted anything at all, beside the owner: somebody expects to see rows.
  exists (
    select from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a where c.oid = t.oid and a.grantee <> c.relowner
  ) as "isGranted",
  -- A view reads as its owner, and so past the policies of these tables, unless it was told to read as who asks.
  case when t.kind = 'm' or (t.kind = 'v' and not t.as_invoker) then (
    select coalesce(pg_catalog.array_agg(distinct b.relname::text), '{}')
    from pg_catalog.pg_rewrite w
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    join pg_catalog.pg_class b on b.oid = d.refobjid and b.relrowsecurity
    where w.ev_class = t.oid
  ) else '{}' end as bypasses
from relations t
order by t.place
