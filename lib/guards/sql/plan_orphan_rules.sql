-- purpose:   the functions and triggers of the orphaning rule, one row per object, from the policy's membership rules
-- runs as:   guard owner or watch; reads the catalog only, builds all SQL with format('%I') and quoted literals
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 rules [{name, owners: [text], users: {label, schema, name, guarded, key, living}, organizations, members, roles}]
-- $2 the templates {pass, find}
with owner as (
  select r.* from pg_catalog.pg_roles r
  where r.oid = coalesce((select c.relowner from pg_catalog.pg_class c where c.oid = to_regclass('holdfast.guarded_tables')), current_user::regrole::oid)
), rule as (
  select r.position, r.entry, r.entry ->> 'name' as name, jsonb_array_length(r.entry -> 'owners') > 0 as has_owners,
    left(replace(r.entry ->> 'name', '-', '_'), 20) || '_' || left(md5(r.entry ->> 'name'), 8) as slug
  from jsonb_array_elements($1::jsonb) with ordinality r (entry, position)
), part as (
  select r.position, p.name as part, p.alias, r.entry -> p.name as entry, c.oid as relation, c.relkind,
    format('%I.%I', c.nspname, c.relname) as qualified,
    coalesce((r.entry -> p.name ->> 'guarded')::boolean, false) as guarded, r.entry -> p.name ->> 'label' as label
  from rule r
  cross join (values ('users', 'u'), ('organizations', 'o'), ('members', 'm'), ('roles', 'r')) p (name, alias)
  left join (
    select c.oid, c.relname, c.relkind, n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
  ) c on c.nspname = r.entry -> p.name ->> 'schema' and c.relname = r.entry -> p.name ->> 'name'
  where r.entry -> p.name is not null
), col as (
  select p.position, p.part, x.role, x.name, format('%s.%I', p.alias, x.name) as ref, a.attnum,
    pg_catalog.format_type(a.atttypid, -1) as type,
    -- Keys of these types find each other by index although their types differ.
    case coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text
      when 'text' then 'text' when 'character varying' then 'text' when 'character' then 'bpchar' when 'uuid' then 'uuid'
      when 'bigint' then 'int' when 'integer' then 'int' when 'smallint' then 'int' else 'other' end as class
  from part p
  cross join lateral jsonb_each_text(p.entry) x (role, name)
  left join pg_catalog.pg_attribute a on a.attrelid = p.relation and a.attname = x.name and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_type t on t.oid = a.atttypid
  where x.role in ('key', 'user', 'organization', 'expiresAt', 'startsAt', 'role', 'value')
), test as (
  select p.position, p.part, w.kind, c.name, a.attnum,
    '(' || concat_ws(' or ',
      format('%s.%I in (%s)', p.alias, c.name, string_agg(format('%L::%s', v.value #>> '{}', pg_catalog.format_type(a.atttypid, -1)), ', '
        order by v.n) filter (where v.value <> 'null'::jsonb)),
      case when bool_or(v.value = 'null'::jsonb) then format('%s.%I is null', p.alias, c.name) end
    ) || ')' as text,
    bool_or(v.value <> 'null'::jsonb) as has_values, format('(%s.%I is null)', p.alias, c.name) as null_text
  from part p
  cross join (values ('living'), ('where'), ('active')) w (kind)
  cross join lateral jsonb_each(coalesce(p.entry -> w.kind, '{}')) c (name, wanted)
  cross join lateral jsonb_array_elements(case jsonb_typeof(c.wanted) when 'array' then c.wanted else jsonb_build_array(c.wanted) end)
    with ordinality v (value, n)
  left join pg_catalog.pg_attribute a on a.attrelid = p.relation and a.attname = c.name and a.attnum > 0 and not a.attisdropped
  group by p.position, p.part, p.alias, w.kind, c.name, a.attnum, a.atttypid
), condition as (
  -- What is null is not fulfilled, as in the health checks.
  select t.position, t.part || '.' || t.kind as name,
    format('coalesce(%s, false)', string_agg(case when t.has_values then t.text else t.null_text end, ' and ' order by t.name)) as text
  from test t group by t.position, t.part, t.kind
), source as (
  select c.position, c.part || '.' || c.role as name, c.ref, c.class, c.type from col c where c.part = 'members' and c.role in ('user', 'organization')
  union all
  select r.position, 'k.' || k.name, 'k.' || k.name, 'text', 'text' from rule r cross join (values ('key'), ('organization')) k (name)
), native as (
  -- Keys that all come from columns of one kind are what they look like.
  select c.position, k.name, case when count(distinct c.class) = 1 then min(c.class) end as class
  from col c
  cross join lateral (select case c.role when 'organization' then 'k.organization' else 'k.key' end) k (name)
  where c.part in ('members', 'roles') and c.role in ('user', 'organization') or c.part = 'users' and c.role = 'key'
  group by c.position, k.name
), equal as (
  -- Equal as text, in whatever way an index on the first column can be used.
  select b.position, b.part || '.' || b.role || ' = ' || a.name as name,
    case
      when b.type = a.type or b.class = a.class and b.class in ('text', 'int') then format('%s = %s', b.ref, a.ref)
      when b.class = 'text' then format('%s = %s::text', b.ref, a.ref)
      when b.class = 'bpchar' then format('%s = %s::text::bpchar', b.ref, a.ref)
      when b.class in ('uuid', 'int') and n.class = b.class then format('%s = %s::%s', b.ref, a.ref, case b.class when 'int' then 'bigint' else 'uuid' end)
      when b.class = 'uuid' and a.class = 'text' then
        format('%s = case when %s ~ ''^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'' then %s::uuid end', b.ref, a.ref, a.ref)
      when b.class = 'int' and a.class = 'text' then
        format('%s = case when %s ~ ''^(0|-?[1-9][0-9]{0,17}|[1-8][0-9]{18})$'' then %s::bigint end', b.ref, a.ref, a.ref)
      else format('%s::text = %s::text', b.ref, a.ref)
    end as text
  from col b join source a on a.position = b.position
  left join native n on n.position = a.position and n.name = a.name
  where b.role in ('key', 'user', 'organization')
), facts as (
  select r.*,
    (select jsonb_object_agg(p.part, p.qualified) from part p where p.position = r.position and p.relation is not null) as t,
    (select jsonb_object_agg(c.part || '.' || c.role, c.ref) from col c where c.position = r.position) as c,
    coalesce((select jsonb_object_agg(x.name, x.text) from condition x where x.position = r.position), '{}') as w,
    (select jsonb_object_agg(e.name, e.text) from equal e where e.position = r.position) as e,
    (select string_agg(quote_literal(o), ', ') from jsonb_array_elements_text(r.entry -> 'owners') o) as owner_values,
    (
      select string_agg(distinct x.problem, '; ') from (
        select format('there is no table %s', p.label) from part p where p.position = r.position and p.relation is null
        union all select format('%s has no column %s', p.label, c.name) from col c join part p using (position, part)
          where c.position = r.position and c.attnum is null and p.relation is not null
        union all select format('%s has no column %s', p.label, c.name) from test c join part p using (position, part)
          where c.position = r.position and c.attnum is null and p.relation is not null
        union all select format('%s may not read %s', o.rolname, p.label) from part p cross join owner o
          join pg_catalog.pg_class k on k.oid = p.relation
          where p.position = r.position and not (has_table_privilege(o.oid, k.oid, 'select') and has_schema_privilege(o.oid, k.relnamespace, 'usage'))
        union all select format('row-level security hides rows of %s from %s', p.label, o.rolname) from part p cross join owner o
          join pg_catalog.pg_class k on k.oid = p.relation
          where p.position = r.position and k.relrowsecurity and not o.rolsuper and not o.rolbypassrls
            and (k.relforcerowsecurity or not pg_has_role(o.oid, k.relowner, 'usage'))
      ) x (problem)
    ) as problem
  from rule r
), spelled as (
  select f.*, coalesce(f.w ->> 'users.living', 'true') as living_user,
    concat_ws(' and ', coalesce(f.w ->> 'members.where', 'true'), f.w ->> 'members.active',
      '(' || (f.c ->> 'members.expiresAt') || ' is null or ' || (f.c ->> 'members.expiresAt') || ' > $3)',
      '(' || (f.c ->> 'members.startsAt') || ' is null or ' || (f.c ->> 'members.startsAt') || ' <= $3)') as effective,
    -- The same with the trigger function's own time.
    concat_ws(' and ', coalesce(f.w ->> 'members.where', 'true'), f.w ->> 'members.active',
      '(' || (f.c ->> 'members.expiresAt') || ' is null or ' || (f.c ->> 'members.expiresAt') || ' > guard.moment)',
      '(' || (f.c ->> 'members.startsAt') || ' is null or ' || (f.c ->> 'members.startsAt') || ' <= guard.moment)') as effective_now,
    case when f.t ? 'organizations' then format('exists (select from %s o where %%s and %s)', replace(f.t ->> 'organizations', '%', '%%'),
      replace(coalesce(f.w ->> 'organizations.living', 'true'), '%', '%%')) end as in_living,
    case when f.t ? 'roles' then format('%s and %s::text in (%s)', coalesce(f.w ->> 'roles.where', 'true'), f.c ->> 'roles.value', f.owner_values)
      else format('%s::text in (%s)', f.c ->> 'members.role', f.owner_values) end as owning
  from facts f where f.problem is null
), owned as (
  select s.*,
    -- Of a membership m, and of a pair k of keys.
    case when s.t ? 'roles' then format('exists (select from %s r where %s and %s)', s.t ->> 'roles',
      concat_ws(' and ', s.e ->> 'roles.user = members.user', s.e ->> 'roles.organization = members.organization'), s.owning)
      else s.owning end as owns,
    case when s.t ? 'roles' then format('exists (select from %s r where %s and %s)', s.t ->> 'roles',
      concat_ws(' and ', s.e ->> 'roles.user = k.key', s.e ->> 'roles.organization = k.organization'), s.owning) end as pair_owns,
    -- The pairs of a transition table.
    format('select %s::text as key, %s::text as organization from %%s m where %s is not null and %s', s.c ->> 'members.user',
      s.c ->> 'members.organization', s.c ->> 'members.user', replace(s.effective_now, '%', '%%')) as member_pairs,
    format('select %s::text as key, %s as organization from %%s r where %s is not null and %s', s.c ->> 'roles.user',
      coalesce((s.c ->> 'roles.organization') || '::text', 'null::text'), s.c ->> 'roles.user', replace(s.owning, '%', '%%')) as role_pairs,
    format('select %s::text as key, null::text as organization from %%s u where %s', s.c ->> 'users.key', replace(s.living_user, '%', '%%')) as user_pairs
  from spelled s
), change as (
  -- What a statement on a part takes (lost) and gives (gained), as a set of pairs.
  select o.*, p.part, p.label, p.relation, p.relkind, v.event,
    case v.event when 'delete' then format(x.pairs, 'old_rows')
      when 'update' then format(x.pairs, 'old_rows') || ' except ' || format(x.pairs, 'new_rows') end as lost,
    case v.event when 'insert' then format(x.pairs, 'new_rows')
      when 'update' then format(x.pairs, 'new_rows') || ' except ' || format(x.pairs, 'old_rows') end as gained,
    case v.event when 'delete' then format(y.pairs, 'old_rows')
      when 'update' then format(y.pairs, 'old_rows') || ' except ' || format(y.pairs, 'new_rows') end as lost_owners,
    case v.event when 'insert' then format(y.pairs, 'new_rows')
      when 'update' then format(y.pairs, 'new_rows') || ' except ' || format(y.pairs, 'old_rows') end as gained_owners
  from owned o
  join part p on p.position = o.position and p.guarded and p.relkind in ('r', 'p')
  cross join (values ('insert'), ('update'), ('delete')) v (event)
  cross join lateral (values (case p.part when 'members' then o.member_pairs when 'roles' then o.role_pairs when 'users' then o.user_pairs end)) x (pairs)
  -- Where the role is in the membership itself.
  cross join lateral (values (case when p.part = 'members' and not o.t ? 'roles' then o.member_pairs || ' and ' || replace(o.owning, '%', '%%') end)) y (pairs)
  where p.part = 'members' and (v.event <> 'insert' or o.has_owners) or p.part = 'roles' and o.has_owners
    or p.part = 'users' and o.has_owners and v.event <> 'insert'
), pass as (
  select c.*,
    -- First the users, whose lock rows make what is read of them afterwards the last word.
    case c.part
      when 'members' then concat_ws(' union ', '(' || c.lost || ')', case when c.has_owners then
        coalesce('(' || c.gained_owners || ')', '(select k.key, k.organization from (' || c.gained || ') k where ' || c.pair_owns || ')') end)
      else concat_ws(' union ', '(' || c.lost || ')', '(' || c.gained || ')')
    end as users_query,
    case when c.event <> 'insert' and c.has_owners then format('select distinct %s::text, null::text from (%s) k%s where %s',
      case c.part when 'members' then 'k.organization' else c.c ->> 'members.organization' end,
      coalesce(c.lost_owners, c.lost),
      case when c.part <> 'members' then format(' join %s m on %s', c.t ->> 'members', concat_ws(' and ', c.e ->> 'members.user = k.key',
        case when c.c ? 'roles.organization' and c.part = 'roles' then c.e ->> 'members.organization = k.organization' end)) end,
      case c.part
        when 'members' then concat_ws(' and ', 'k.organization is not null', c.pair_owns)
        else concat_ws(' and ', c.effective_now, case c.part when 'users' then c.owns end, (c.c ->> 'members.organization') || ' is not null')
      end) end as organizations_query,
    'guard_orphans_' || c.slug || '_' || c.part || '_' || c.event as trigger_name
  from change c
), finder as (
  select o.*, m.label, q.kind, q.query
  from owned o
  join part m on m.position = o.position and m.part = 'members' and m.guarded
  cross join lateral (
    select format('select from %s m join %s u on %s where %s', o.t ->> 'members', o.t ->> 'users', o.e ->> 'users.key = members.user',
      concat_ws(' and ', o.e ->> 'members.organization = k.key', o.effective, o.living_user)) as members
  ) x
  cross join lateral (values
    -- Nearly everybody has another membership: who lives is asked of the others only.
    ('users', format('    with bare as materialized (select k.key, k.organization from unnest($1, $2) k (key, organization) '
      'where not exists (select from %s m where %s)) select k.key, k.organization from bare k where %s',
      o.t ->> 'members', concat_ws(' and ', o.e ->> 'members.user = k.key', o.effective,
        format(o.in_living, o.e ->> 'organizations.key = members.organization')),
      concat_ws(' and ', format('exists (select from %s u where %s and %s)', o.t ->> 'users', o.e ->> 'users.key = k.key', o.living_user),
        format(o.in_living, o.e ->> 'organizations.key = k.organization')))),
    -- Without a table of organisations, one lives as long as anybody belongs to it.
    ('owners', case when o.has_owners then format('    select k.key, null::text from unnest($1) k (key) where %s and not exists (%s and %s)',
      coalesce(format(o.in_living, o.e ->> 'organizations.key = k.key'), format('exists (%s)', x.members)), x.members, o.owns) end)
  ) q (kind, query)
  where q.query is not null
)
select f.label as "table", 'function' as kind, 'find_orphans_' || f.slug || '_' || f.kind as name,
  'keys text[], organizations text[], moment timestamptz' as arguments, 'table (key text, organization text)' as returns,
  format($2::jsonb ->> 'find', f.query) as body, null::text as relation, null::text as event, null::text as problem
from finder f
union all
select p.label, 'function', p.trigger_name, '', 'trigger',
  format(E'\n<<guard>>\ndeclare\n  moment constant timestamptz := clock_timestamp();\n  portion record;\nbegin%s%s  return null;\nend\n',
    format($2::jsonb ->> 'pass', p.users_query, p.name, 'user', 'find_orphans_' || p.slug || '_users', 'true',
      case when p.part = 'members' and p.event <> 'insert' then 'true' else 'false' end),
    case when p.organizations_query is not null then
      format($2::jsonb ->> 'pass', p.organizations_query, p.name, 'organization', 'find_orphans_' || p.slug || '_owners', 'true', 'true') end),
  null, null, null
from pass p
union all
select p.label, 'trigger', p.trigger_name, null, null, null, (select format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = t.relid), p.event, null
from pass p
cross join lateral (
  -- A statement fires the triggers of the table that it names only: each partition has its own.
  select p.relation as relid
  union
  select x.relid::oid from pg_catalog.pg_partition_tree(case p.relkind when 'p' then p.relation end) x
  join pg_catalog.pg_class c on c.oid = x.relid where c.relkind in ('r', 'p')
) t
where t.relid is not null
union all
select p.label, 'problem', 'orphaning rule ' || f.name, null, null, null, null, null, format('its orphaning rule %s cannot be kept: %s', f.name, f.problem)
from facts f join part p on p.position = f.position and p.part = 'members' and p.guarded
where f.problem is not null
