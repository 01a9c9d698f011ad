-- purpose:   the functions and triggers that keep what other rows refer to, one row per object, from the policy's references
-- runs as:   guard owner or watch; reads the catalog only, builds all SQL with format('%I') and quoted literals
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 references [{name, child: {label, schema, name}, parent: {…}, columns, referencedColumns, where}]; each parent is guarded
-- $2 the templates {pass, find}
with owner as (
  select r.* from pg_catalog.pg_roles r
  where r.oid = coalesce((select c.relowner from pg_catalog.pg_class c where c.oid = to_regclass('holdfast.guarded_tables')), current_user::regrole::oid)
), reference as (
  select r.position, r.entry, r.entry ->> 'name' as name, r.entry -> 'parent' ->> 'label' as label,
    left(regexp_replace(r.entry -> 'child' ->> 'name', '[^A-Za-z0-9_]', '_', 'g'), 20) || '_' || left(md5(r.entry ->> 'name'), 8) as slug,
    child.oid as child, parent.oid as parent, parent.relkind, format('%I.%I', cn.nspname, child.relname) as child_name,
    format('%I.%I', pn.nspname, parent.relname) as parent_name
  from jsonb_array_elements($1::jsonb) with ordinality r (entry, position)
  left join (pg_catalog.pg_class child join pg_catalog.pg_namespace cn on cn.oid = child.relnamespace and child.relkind in ('r', 'p', 'v', 'm', 'f'))
    on cn.nspname = r.entry -> 'child' ->> 'schema' and child.relname = r.entry -> 'child' ->> 'name'
  left join (pg_catalog.pg_class parent join pg_catalog.pg_namespace pn on pn.oid = parent.relnamespace and parent.relkind in ('r', 'p'))
    on pn.nspname = r.entry -> 'parent' ->> 'schema' and parent.relname = r.entry -> 'parent' ->> 'name'
), col as (
  select r.position, s.side, x.n, x.name, format('%s.%I', left(s.side, 1), x.name) as ref, format('k.parts ->> %s', x.n - 1) as key, a.attnum,
    case coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text
      when 'text' then 'text' when 'character varying' then 'text' when 'character' then 'bpchar' when 'uuid' then 'uuid'
      when 'bigint' then 'int' when 'integer' then 'int' when 'smallint' then 'int' else 'other' end as class
  from reference r
  cross join lateral (values ('child', r.child, r.entry -> 'columns'), ('parent', r.parent, r.entry -> 'referencedColumns')) s (side, relation, names)
  cross join lateral jsonb_array_elements_text(s.names) with ordinality x (name, n)
  left join pg_catalog.pg_attribute a on a.attrelid = s.relation and a.attname = x.name and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_type t on t.oid = a.atttypid
), test as (
  select r.position, c.name, a.attnum,
    '(' || concat_ws(' or ',
      case when bool_or(v.value <> 'null'::jsonb) then format('c.%I in (%s)', c.name,
        string_agg(format('%L::%s', v.value #>> '{}', pg_catalog.format_type(a.atttypid, -1)), ', ' order by v.n) filter (where v.value <> 'null'::jsonb)) end,
      case when bool_or(v.value = 'null'::jsonb) then format('c.%I is null', c.name) end
    ) || ')' as text
  from reference r
  cross join lateral jsonb_each(coalesce(r.entry -> 'where', '{}')) c (name, wanted)
  cross join lateral jsonb_array_elements(case jsonb_typeof(c.wanted) when 'array' then c.wanted else jsonb_build_array(c.wanted) end)
    with ordinality v (value, n)
  left join pg_catalog.pg_attribute a on a.attrelid = r.child and a.attname = c.name and a.attnum > 0 and not a.attisdropped
  group by r.position, c.name, a.attnum, a.atttypid
), facts as (
  select r.*,
    (select 'coalesce(' || string_agg(t.text, ' and ' order by t.name) || ', false)' from test t where t.position = r.position) as living,
    (select format('jsonb_build_array(%s)::text', string_agg(c.ref || '::text', ', ' order by c.n)) from col c where c.position = r.position and c.side = 'parent') as parent_key,
    (select string_agg(c.ref || ' is not null', ' and ' order by c.n) from col c where c.position = r.position and c.side = 'parent') as has_key,
    (
      select jsonb_object_agg(x.side, x.text) from (
        select c.side, string_agg(case c.class
          when 'text' then format('%s = (%s)', c.ref, c.key)
          when 'bpchar' then format('%s = (%s)::bpchar', c.ref, c.key)
          when 'uuid' then format('%s = case when (%s) ~ ''^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'' then (%s)::uuid end', c.ref, c.key, c.key)
          when 'int' then format('%s = case when (%s) ~ ''^(0|-?[1-9][0-9]{0,17}|[1-8][0-9]{18})$'' then (%s)::bigint end', c.ref, c.key, c.key)
          else format('%s::text = (%s)', c.ref, c.key) end, ' and ' order by c.n) as text
        from col c where c.position = r.position group by c.side
      ) x
    ) as matches,
    (
      select string_agg(distinct x.problem, '; ') from (
        select format('there is no table %s', s.label) from (values (r.child, r.entry -> 'child' ->> 'label'), (r.parent, r.label)) s (relation, label) where s.relation is null
        union all select format('%s has no column %s', r.entry -> c.side ->> 'label', c.name) from col c
          where c.position = r.position and c.attnum is null and (case c.side when 'child' then r.child else r.parent end) is not null
        union all select format('%s has no column %s', r.entry -> 'child' ->> 'label', t.name) from test t
          where t.position = r.position and t.attnum is null and r.child is not null
        union all select format('%s may not read %s', o.rolname, k.oid::regclass) from owner o join pg_catalog.pg_class k on k.oid in (r.child, r.parent)
          where not (has_table_privilege(o.oid, k.oid, 'select') and has_schema_privilege(o.oid, k.relnamespace, 'usage'))
        union all select format('row-level security hides rows of %s from %s', k.oid::regclass, o.rolname) from owner o
          join pg_catalog.pg_class k on k.oid in (r.child, r.parent)
          where k.relrowsecurity and not o.rolsuper and not o.rolbypassrls and (k.relforcerowsecurity or not pg_has_role(o.oid, k.relowner, 'usage'))
      ) x (problem)
    ) as problem
  from reference r
), change as (
  select f.*, v.event, 'guard_orphans_' || f.slug || '_references_' || v.event as trigger_name,
    format(x.keys, 'old_rows') || case v.event when 'update' then ' except ' || format(x.keys, 'new_rows') else '' end as lost
  from facts f
  cross join (values ('update'), ('delete')) v (event)
  cross join lateral (values (format('select %s, null::text from %%s p where %s', f.parent_key, f.has_key))) x (keys)
  where f.problem is null
)
select f.label as "table", 'function' as kind, 'find_orphans_' || f.slug || '_referring' as name,
  'keys text[], organizations text[], moment timestamptz' as arguments, 'table (key text, organization text)' as returns,
  format($2::jsonb ->> 'find', format(
    '    select k.key, null::text from (select u.key, u.key::jsonb as parts from unnest($1) u (key)) k where not exists (select from %s p where %s) '
    'and exists (select from %s c where %s)',
    f.parent_name, f.matches ->> 'parent', f.child_name, concat_ws(' and ', f.matches ->> 'child', f.living))) as body,
  null::text as relation, null::text as event, null::text as problem
from facts f where f.problem is null
union all
select c.label, 'function', c.trigger_name, '', 'trigger',
  format(E'\n<<guard>>\ndeclare\n  moment constant timestamptz := clock_timestamp();\n  portion record;\nbegin%s  return null;\nend\n',
    format($2::jsonb ->> 'pass', c.lost, c.name, 'reference', 'find_orphans_' || c.slug || '_referring', 'false', 'true')),
  null, null, null
from change c
union all
select c.label, 'trigger', c.trigger_name, null, null, null, (select format('%I.%I', n.nspname, k.relname) from pg_catalog.pg_class k join pg_catalog.pg_namespace n on n.oid = k.relnamespace
    where k.oid = t.relid), c.event, null
from change c
cross join lateral (
  select c.parent as relid
  union
  select x.relid::oid from pg_catalog.pg_partition_tree(case c.relkind when 'p' then c.parent end) x
  join pg_catalog.pg_class k on k.oid = x.relid where k.relkind in ('r', 'p')
) t
where t.relid is not null
union all
select f.label, 'problem', 'reference ' || f.name, null, null, null, null, null, format('the reference %s cannot be kept: %s', f.name, f.problem)
from facts f where f.problem is not null
