-- purpose:   what the guards of a target should be beside what they are: one row per object, with the DDL that makes it right
-- runs as:   guard owner or watch; reads the catalog only, builds all DDL from regclass with format('%I')
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo; the statements it builds are undone by plan_removal.sql
--
-- $1 wanted tables [{table, schema, name, mode, journal, journalBytes, whenDamaged, updateColumns, agents, roles, budgets: [{act, role, statementRows, …}]}]
-- $2 {tables, budgets}: the rows of holdfast.guarded_tables and holdfast.budgets as jsonb, [] when there is no such table
-- $3 the body of the trigger functions: guard_change.sql
-- $4 the period that begins now (YYYYMMDDHH24MI in UTC), whose tables the functions write into; null: any that has its tables is right
with wanted as (
  select w.position, w.entry, w.entry ->> 'table' as table_name, c.oid as root, c.relkind
  from jsonb_array_elements($1::jsonb) with ordinality as w (entry, position)
  left join (
    select c.oid, c.relname, n.nspname, c.relkind
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
  ) c on c.nspname = w.entry ->> 'schema' and c.relname = w.entry ->> 'name'
), relations as (
  -- A DELETE on a partition or heir fires its own triggers only, so each has them; all count as the parent.
  select distinct on (t.relid) w.*, t.relid as relation, t.relid <> w.root as is_partition
  from wanted w
  cross join lateral (
    select w.root as relid
    union
    select h.relid from (
      with recursive heirs (relid) as (
        select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = w.root
        union
        select i.inhrelid from pg_catalog.pg_inherits i join heirs on i.inhparent = heirs.relid
      )
      select heirs.relid from heirs
    ) h
    join pg_catalog.pg_class c on c.oid = h.relid where c.relkind in ('r', 'p')
  ) t
  where w.root is not null and t.relid is not null
  order by t.relid, (t.relid <> w.root) desc, w.position
), named as (
  select r.*, r.relation::regclass as label,
    -- Readable, at most 49 bytes of plain letters, and different for any two tables.
    (select left(regexp_replace(n.nspname || '_' || c.relname, '[^A-Za-z0-9_]', '_', 'g'), 40) || '_'
        || left(md5(n.nspname || '.' || c.relname), 8)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = r.relation) as slug,
    (select left(regexp_replace(n.nspname || '_' || c.relname, '[^A-Za-z0-9_]', '_', 'g'), 40) || '_'
        || left(md5(n.nspname || '.' || c.relname), 8)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = r.root) as root_slug,
    -- The columns that a partition has in common with its root, by name.
    (select string_agg(format('%I', a.attname), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_attribute root on root.attrelid = r.root and root.attname = a.attname and not root.attisdropped
      where a.attrelid = r.relation and a.attnum > 0 and not a.attisdropped) as columns,
    (select string_agg(format('d.%I', a.attname), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_attribute root on root.attrelid = r.root and root.attname = a.attname and not root.attisdropped
      where a.attrelid = r.relation and a.attnum > 0 and not a.attisdropped) as changed_columns,
    (select array_agg(a.attname order by a.attnum)
      from pg_catalog.pg_attribute a
      where a.attrelid = r.relation and a.attnum > 0 and not a.attisdropped
        and r.entry -> 'updateColumns' ? a.attname) as update_columns,
    exists (select from pg_catalog.pg_inherits i where r.relation in (i.inhrelid, i.inhparent)) as is_in_tree
  from relations r
), budget as (
  -- Slugs of a role's budget differ from any table's by their hash.
  select n.position, n.table_name, n.root, n.relation, b.entry, b.entry ->> 'act' as act, b.entry ->> 'role' as role_name,
    case b.entry ->> 'role' when '' then n.root_slug
      else left(n.root_slug, 31) || '_' || left(md5(n.root_slug || (b.entry ->> 'role')), 8) end as slug,
    case b.entry ->> 'act' when 'delete' then 'deleted' else 'updated' end as verb
  from named n cross join jsonb_array_elements(n.entry -> 'budgets') as b (entry)
  where not n.is_partition and (b.entry ->> 'act' = 'delete' or n.update_columns is not null or n.entry -> 'agents' ? (b.entry ->> 'role'))
), update_column as (
  -- Types without equality (json, point) are compared as text.
  select n.relation, c.name,
    case when y.typcategory in ('A', 'B', 'D', 'E', 'I', 'N', 'S', 'T') or y.typname in ('uuid', 'jsonb', 'bytea')
      then '' else '::text' end as compared_as
  from named n cross join unnest(n.update_columns) as c (name)
  join pg_catalog.pg_attribute a on a.attrelid = n.relation and a.attname = c.name
  join pg_catalog.pg_type y on y.oid = a.atttypid
), changed as (
  -- The tuples before and after an UPDATE come in the same order.
  select n.relation, 'delete' as act, 'from deleted d' as rows from named n
  union all
  select u.relation, 'update', format(
      'from (select row_number() over () as holdfast_position, o.* from overwritten o) d '
      'join (select row_number() over () as holdfast_position, %s from written n) w on w.holdfast_position = d.holdfast_position '
      'where (%s) is distinct from (%s)',
      string_agg(format('n.%I', u.name), ', ' order by u.name),
      string_agg(format('d.%I%s', u.name, u.compared_as), ', ' order by u.name),
      string_agg(format('w.%I%s', u.name, u.compared_as), ', ' order by u.name))
  from update_column u group by u.relation
), newest as (
  select coalesce(max(substring(c.relname from '^journal_statements_(\d{12})$')), to_char(now() at time zone 'UTC', 'YYYYMMDDHH24MI')) as period
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'holdfast' and c.relname ~ '^journal_statements_\d{12}$'
), trigger_function as (
  select n.*, c.act, c.rows as changed_rows, 'guard_' || c.act || '_' || n.slug as function_name,
    p.oid as function_oid, p.prosrc, p.prosecdef, p.proconfig, p.provolatile,
    coalesce($4::text, (
      -- A period's function stays right as long as the period has its tables; moving on is upkeep, not repair.
      select f.period from (select substring(p.prosrc from 'holdfast\.journal_statements_(\d{12})') as period) f
      where to_regclass('holdfast.journal_statements_' || f.period) is not null
    ), newest.period) as period,
    b.slug as budget_slug, b.verb, b.entry as budget
  from named n
  join changed c on c.relation = n.relation
  join budget b on b.root = n.root and b.act = c.act and b.role_name = ''
  left join pg_catalog.pg_proc p on p.proname = 'guard_' || c.act || '_' || n.slug and p.pronargs = 0
    and p.pronamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = 'holdfast')
  cross join newest
), part as (
  select f.*, (select format('%L::text[]', coalesce(array_agg(r), '{}')) from jsonb_array_elements_text(f.entry -> 'agents') r) as agents,
    (select format('%L::text[]', array_agg(r)) from jsonb_array_elements_text(f.entry -> 'roles') r having count(*) > 0) as roles
  from trigger_function f
), built as (
  select f.*, (
    with recursive value as (
      select row_number() over () as position, '{{' || v.key || '}}' as token, v.value
      from jsonb_each_text(jsonb_build_object(
        'is_left_to_another', case when f.act = 'update' then 'session_user::text = any (' || f.agents || ')' else 'false' end,
        'has_fixed_limits', not (f.budget ? 'statementPercent' or f.budget ? 'transactionPercent' or f.budget ? 'windowPercent'),
        'period_begins', quote_literal(to_char(to_timestamp(f.period, 'YYYYMMDDHH24MI') + interval '1 minute', 'YYYY-MM-DD HH24:MI:00') || '+00'),
        'verb', f.verb,
        'has_own_budget', coalesce(
          '(current_setting(''role'') = any (' || f.roles || ') or session_user::text = any (' || f.roles || '))', 'false'),
        'keeps_images', f.entry ->> 'journal' = 'overwritten' or f.act = 'delete' and f.entry ->> 'journal' = 'deleted',
        'refuses_when_damaged', f.entry ->> 'whenDamaged' = 'refuse',
        'keeps_by_role', 'session_user::text = any (' || f.agents || ')',
        'journal', quote_ident('j' || f.period || '_' || f.root_slug),
        'statements', quote_ident('journal_statements_' || f.period),
        'columns', f.columns,
        'changed_columns', f.changed_columns,
        'changed_rows', f.changed_rows,
        'changed_select', quote_literal(f.changed_columns || ' ' || f.changed_rows),
        'is_within_statement', coalesce('changed <= ' || (f.budget ->> 'statementRows'), 'true'),
        'is_in_tree', f.is_in_tree,
        'is_within_transaction', coalesce('before + changed <= ' || (f.budget ->> 'transactionRows'), 'true'),
        -- Joined with ||, because format() writes nothing for null.
        'is_within_window', coalesce(format('counted - coalesce(pg_sequence_last_value(%L::regclass), 0) <= ',
          format('holdfast.%I', f.verb || '_from_' || f.budget_slug)) || (f.budget ->> 'windowRows'), 'true'),
        'ones', quote_literal(format('holdfast.%I', f.verb || '_' || f.budget_slug)),
        'thousands', quote_literal(format('holdfast.%I', f.verb || '_k_' || f.budget_slug)),
        'root', quote_literal(f.root::regclass),
        'table_name', quote_literal(f.table_name),
        'act', quote_literal(f.act)
      )) v
    ), filled (position, body) as (
      select 0::bigint, $3::text
      union all
      select v.position, replace(b.body, v.token, v.value) from filled b join value v on v.position = b.position + 1
    )
    select b.body from filled b order by b.position desc limit 1
  ) as body
  from part f
), period as (
  select distinct b.period as name from built b
), live as (
  select n.*,
    to_regclass(format('holdfast.%I', 'journal_' || n.root_slug)) as journal,
    (
      select g.entry from jsonb_array_elements($2::jsonb -> 'tables') as g (entry)
      where g.entry ->> 'relation' = n.relation::regclass::text
    ) as row_now
  from named n
), journal_column as (
  -- Domains become their base types: a domain's constraints may be younger than the rows.
  select n.relation, a.attnum, a.attname, pg_catalog.format_type(
      coalesce(nullif(y.typbasetype, 0), a.atttypid), case when y.typbasetype <> 0 then y.typtypmod else a.atttypmod end) as type
  from named n
  join pg_catalog.pg_attribute a on a.attrelid = n.relation and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type y on y.oid = a.atttypid
), objects as (
  select l.position, 1 as step, l.table_name, 'journal' as kind,
    format('table holdfast.%I', 'journal_' || l.root_slug) as object,
    (
      select format(
        'create table holdfast.%1$I (holdfast_statement_id bigint not null, holdfast_changed_at timestamptz not null, %2$s); '
        'create index on holdfast.%1$I using brin (holdfast_statement_id, holdfast_changed_at); '
        -- Where a publication is FOR ALL TABLES, nothing could be forgotten without one.
        'alter table holdfast.%1$I replica identity full',
        'journal_' || l.root_slug,
        string_agg(format('%I %s', c.attname, c.type), ', ' order by c.attnum))
      from journal_column c where c.relation = l.relation
    ) as statement,
    l.journal is not null as exists, true as equal, 'its journal is missing' as if_missing, null as if_different
  from live l where not l.is_partition
  union all
  select l.position, 2, l.table_name, 'journal', format('column %I of holdfast.%I', a.attname, 'journal_' || l.root_slug),
    case when j.attname is null
      then format('alter table holdfast.%I add column %I %s', 'journal_' || l.root_slug, a.attname, a.type)
      else format('alter table holdfast.%1$I alter column %2$I type %3$s using %2$I::text::%3$s', 'journal_' || l.root_slug, a.attname, a.type)
    end,
    j.attname is not null, pg_catalog.format_type(j.atttypid, j.atttypmod) = a.type,
    format('its column %I is not in the journal', a.attname), format('its column %I has another type in the journal', a.attname)
  from live l
  join journal_column a on a.relation = l.relation
  left join pg_catalog.pg_attribute j on j.attrelid = l.journal and j.attname = a.attname and not j.attisdropped
  where not l.is_partition and l.journal is not null
  union all
  select l.position, 3, l.table_name, 'period', format('table holdfast.%I', 'j' || e.name || '_' || l.root_slug),
    format('create table holdfast.%1$I (like holdfast.%2$I including indexes) inherits (holdfast.%2$I)',
      'j' || e.name || '_' || l.root_slug, 'journal_' || l.root_slug),
    to_regclass(format('holdfast.%I', 'j' || e.name || '_' || l.root_slug)) is not null, true, 'the newest part of its journal is missing', null
  from live l cross join period e
  where not l.is_partition
  union all
  select 0, 3, null, 'period', format('table holdfast.%I', 'journal_statements_' || e.name),
    format('create table holdfast.%1$I (like holdfast.journal_statements including indexes) inherits (holdfast.journal_statements); '
      'grant select on holdfast.%1$I to pg_monitor', 'journal_statements_' || e.name),
    to_regclass(format('holdfast.%I', 'journal_statements_' || e.name)) is not null, true, 'the newest part of the journal is missing', null
  from period e
  union all
  select l.position, 3, l.table_name, 'sequence', format('sequence holdfast.%I', kind.name || l.root_slug),
    format('create sequence holdfast.%1$I minvalue 0 start 1; grant select on sequence holdfast.%1$I to pg_monitor', kind.name || l.root_slug),
    to_regclass(format('holdfast.%I', kind.name || l.root_slug)) is not null, true, 'the counter of its refused attempts is missing', null
  from live l cross join unnest(array['attempts_', 'last_attempt_']) as kind (name)
  where not l.is_partition
  union all
  select b.position, 3, b.table_name, 'sequence', format('sequence holdfast.%I', kind.name || b.slug),
    format('create sequence holdfast.%1$I minvalue 0 start 1', kind.name || b.slug),
    to_regclass(format('holdfast.%I', kind.name || b.slug)) is not null, true, 'a counter of its budget is missing', null
  from budget b cross join lateral unnest(array[b.verb || '_', b.verb || '_k_', b.verb || '_from_']) as kind (name)
  union all
  select l.position, 4, l.table_name, 'guard', format('guard of %s', l.label),
    format(
      'insert into holdfast.guarded_tables (relation, table_name, counts_as, journal, mode, journal_bytes, attempts, last_attempt) '
      'values (%L, %L, %L, %L, %L, %L, %L, %L) on conflict (relation) do update set table_name = excluded.table_name, '
      'counts_as = excluded.counts_as, journal = excluded.journal, mode = excluded.mode, '
      'journal_bytes = excluded.journal_bytes, attempts = excluded.attempts, '
      'last_attempt = excluded.last_attempt',
      l.label, l.table_name, l.root::regclass, format('holdfast.%I', 'journal_' || l.root_slug), l.entry ->> 'mode',
      l.entry ->> 'journalBytes', format('holdfast.%I', 'attempts_' || l.root_slug), format('holdfast.%I', 'last_attempt_' || l.root_slug)),
    l.row_now is not null,
    (l.row_now ->> 'mode', l.row_now ->> 'table_name', l.row_now ->> 'counts_as', l.row_now ->> 'journal_bytes')
      is not distinct from (l.entry ->> 'mode', l.table_name, l.root::regclass::text, l.entry ->> 'journalBytes'),
    'it has no entry', 'its entry differs from the policy'
  from live l
  union all
  select b.position, 4, b.table_name, 'budget', format('%s budget of %s%s', b.act, b.root::regclass, ' for ' || nullif(b.role_name, '')),
    format(
      'insert into holdfast.budgets (counts_as, act, role_name, statement_rows, transaction_rows, window_rows, statement_percent, '
      'transaction_percent, window_percent, window_minutes, ones, thousands, window_from) '
      'values (%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L) on conflict (counts_as, act, role_name) do update set '
      'statement_rows = excluded.statement_rows, transaction_rows = excluded.transaction_rows, window_rows = excluded.window_rows, '
      'statement_percent = excluded.statement_percent, transaction_percent = excluded.transaction_percent, '
      'window_percent = excluded.window_percent, window_minutes = excluded.window_minutes, ones = excluded.ones, '
      'thousands = excluded.thousands, window_from = excluded.window_from',
      b.root::regclass, b.act, b.role_name, b.entry ->> 'statementRows', b.entry ->> 'transactionRows', b.entry ->> 'windowRows',
      b.entry ->> 'statementPercent', b.entry ->> 'transactionPercent', b.entry ->> 'windowPercent', b.entry ->> 'windowMinutes',
      format('holdfast.%I', b.verb || '_' || b.slug), format('holdfast.%I', b.verb || '_k_' || b.slug),
      format('holdfast.%I', b.verb || '_from_' || b.slug)),
    live_budget.entry is not null,
    (live_budget.entry ->> 'statement_rows', live_budget.entry ->> 'transaction_rows', live_budget.entry ->> 'window_rows',
      live_budget.entry ->> 'window_minutes', (live_budget.entry ->> 'statement_percent')::numeric,
      (live_budget.entry ->> 'transaction_percent')::numeric, (live_budget.entry ->> 'window_percent')::numeric)
    is not distinct from
    (b.entry ->> 'statementRows', b.entry ->> 'transactionRows', b.entry ->> 'windowRows', b.entry ->> 'windowMinutes',
      (b.entry ->> 'statementPercent')::numeric, (b.entry ->> 'transactionPercent')::numeric, (b.entry ->> 'windowPercent')::numeric),
    'it has no budget', 'its budget differs from the policy'
  from budget b
  left join lateral (
    select g.entry from jsonb_array_elements($2::jsonb -> 'budgets') as g (entry)
    where g.entry ->> 'counts_as' = b.root::regclass::text and g.entry ->> 'act' = b.act and g.entry ->> 'role_name' = b.role_name
  ) live_budget on true
  union all
  select l.position, 5, l.table_name, 'function', format('function holdfast.%I', l.function_name),
    format('create or replace function holdfast.%1$I() returns trigger language plpgsql security definer set search_path = '''' as %2$L; '
      'revoke all on function holdfast.%1$I() from public', l.function_name, l.body),
    l.function_oid is not null, l.prosrc = l.body and l.prosecdef and l.proconfig = array['search_path=""'] and l.provolatile = 'v',
    'its guard function is missing', 'its guard function was replaced'
  from built l
  union all
  -- Each table has its own: who may not drop a trigger drops its function, and must lock no second table by that.
  select l.position, 5, l.table_name, 'function', format('function holdfast.%I', 'guard_truncate_' || l.slug),
    format('create or replace function holdfast.%1$I() returns trigger language plpgsql security definer set search_path = '''' as %2$L; '
      'revoke all on function holdfast.%1$I() from public', 'guard_truncate_' || l.slug, b.body),
    p.oid is not null, p.prosrc = b.body and p.prosecdef and p.proconfig = array['search_path=""'],
    'its guard function is missing', 'its guard function was replaced'
  from live l
  cross join (values (E'\nbegin\n  perform holdfast.refuse_truncation(tg_relid);\n  return null;\nend\n')) as b (body)
  left join pg_catalog.pg_proc p on p.proname = 'guard_truncate_' || l.slug and p.pronargs = 0
    and p.pronamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = 'holdfast')
  union all
  select l.position, 6, l.table_name, 'trigger', format('trigger %I on %s', t.name, l.label), t.statement,
    live.oid is not null,
    -- 'A' fires in replica mode too, which a person may have chosen; anything else is switched off somewhere.
    live.tgenabled in ('O', 'A') and live.tgtype = t.type and live.tgqual is null and live.called = t.calls
      and live.tgoldtable is not distinct from t.old_table and live.tgnewtable is not distinct from t.new_table,
    format('its %s trigger is missing', t.event),
    case live.tgenabled when 'D' then format('its %s trigger is disabled', t.event)
      when 'R' then format('its %s trigger is disabled', t.event) else format('its %s trigger was replaced', t.event) end
  from live l
  cross join lateral (
    -- tgtype: 8 delete, 16 update, 32 truncate, 2 before; neither bit 1 (row) is set.
    values ('DELETE', 'guard_delete_' || l.slug, 8::int2, 'guard_delete_' || l.slug, 'deleted'::name, null::name, format(
        'create or replace trigger %1$I after delete on %2$s referencing old table as deleted for each statement '
        'execute function holdfast.%1$I()', 'guard_delete_' || l.slug, l.label)),
      ('UPDATE', 'guard_update_' || l.slug, 16::int2, 'guard_update_' || l.slug, 'overwritten', 'written', format(
        'create or replace trigger %1$I after update on %2$s referencing old table as overwritten new table as written '
        'for each statement execute function holdfast.%1$I()', 'guard_update_' || l.slug, l.label)),
      ('TRUNCATE', 'guard_truncate_' || l.slug, 34::int2, 'guard_truncate_' || l.slug, null, null, format(
        'create or replace trigger %1$I before truncate on %2$s for each statement execute function holdfast.%1$I()',
        'guard_truncate_' || l.slug, l.label))
  ) as t (event, name, type, calls, old_table, new_table, statement)
  left join lateral (
    select g.*, p.proname as called from pg_catalog.pg_trigger g
    join pg_catalog.pg_proc p on p.oid = g.tgfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where g.tgrelid = l.relation and g.tgname = t.name and n.nspname = 'holdfast'
  ) live on true
  where t.event <> 'UPDATE' or l.update_columns is not null
  union all
  select l.position, 7, l.table_name, 'leftover', format('trigger %I on %s', 'guard_update_' || l.slug, l.label),
    format('drop function holdfast.%I() cascade', 'guard_update_' || l.slug), true, false, null,
    'it has an update trigger although the policy names no columns'
  from live l
  where l.update_columns is null and to_regprocedure(format('holdfast.%I()', 'guard_update_' || l.slug)) is not null
  union all
  select 100000, 7, g.entry ->> 'counts_as', 'leftover',
    format('%s budget of %s%s', g.entry ->> 'act', g.entry ->> 'counts_as', ' for ' || nullif(g.entry ->> 'role_name', '')),
    format('delete from holdfast.budgets b where b.counts_as = %L::regclass and b.act = %L and b.role_name = %L; '
        'drop sequence if exists %s, %s, %s', g.entry ->> 'counts_as', g.entry ->> 'act', g.entry ->> 'role_name',
      g.entry ->> 'ones', g.entry ->> 'thousands', g.entry ->> 'window_from'),
    true, false, null, 'it has a budget that the policy does not give'
  from jsonb_array_elements($2::jsonb -> 'budgets') as g (entry)
  where exists (select from relations r where r.relation::regclass::text = g.entry ->> 'counts_as') and not exists (
    select from budget b
    where b.root::regclass::text = g.entry ->> 'counts_as' and b.act = g.entry ->> 'act' and b.role_name = g.entry ->> 'role_name'
  )
  union all
  -- Guarded once, not wanted any more.
  select 100000, 7, g.entry ->> 'table_name', 'leftover', format('guard of %s', g.entry ->> 'relation'),
    coalesce((
      select string_agg(case when p.proname ~ '^guard_' then format('drop function %s cascade; ', p.oid::regprocedure)
        else format('drop trigger %I on %s; ', t.tgname, t.tgrelid::regclass) end, '')
      from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
      where t.tgrelid = to_regclass(g.entry ->> 'relation') and t.tgname ~ '^guard_(delete|update|truncate|agent)_'
    ), '') || format('delete from holdfast.budgets b where b.counts_as::text = %1$L; '
      'delete from holdfast.guarded_tables g where g.relation::text = %1$L', g.entry ->> 'relation'),
    true, false, null, 'it is guarded although the policy does not protect it'
  from jsonb_array_elements($2::jsonb -> 'tables') as g (entry)
  where not exists (select from relations r where r.relation::regclass::text = g.entry ->> 'relation')
  union all
  select w.position, 0, w.table_name, 'table', format('table %s', w.table_name), null, false, true,
    'there is no such table', null
  from wanted w where w.root is null
)
select table_name as "table", kind, object, statement,
  case when not exists then 'missing' when not equal then 'different' else 'right' end as state,
  case when not exists then if_missing when not equal then if_different end as problem
from objects
order by position, step, object
