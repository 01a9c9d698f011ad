-- purpose:   the orphaning rule's objects beside what they are: one row per object, with the DDL that makes it right
-- runs as:   guard owner or watch; reads the catalog only, builds all DDL with format('%I')
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo; the statements it builds are undone by plan_removal.sql
--
-- $1 the rows of plan_orphan_rules.sql and plan_reference_rules.sql
-- $2 the text of orphan_tables.sql
with wanted as (
  select w.* from jsonb_to_recordset($1::jsonb) w ("table" text, kind text, name text, arguments text, returns text, body text,
    relation text, event text, problem text)
), trigger as (
  select distinct w."table", w.name, w.relation, w.event,
    case w.event when 'insert' then 4 when 'delete' then 8 else 16 end::int2 as type,
    case when w.event <> 'insert' then 'old_rows'::name end as old_table, case when w.event <> 'delete' then 'new_rows'::name end as new_table
  from wanted w where w.kind = 'trigger'
), live_trigger as (
  select g.*, p.proname as called from pg_catalog.pg_trigger g
  join pg_catalog.pg_proc p on p.oid = g.tgfoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'holdfast' and (starts_with(p.proname, 'guard_orphans_') or p.proname = 'refuse_orphans')
), live_function as (
  select p.* from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = 'holdfast'
), objects as (
  select 1 as step, null as "table", 'table holdfast.' || t.name as object, $2 as statement,
    to_regclass('holdfast.' || t.name) is not null as exists, true as equal,
    'the tables of its orphaning rule are missing' as if_missing, null as if_different
  from (values ('membership_locks'), ('orphan_suspects')) as t (name)
  where exists (select from wanted w where w.kind <> 'problem')
  union all
  select 2, w."table", format('function holdfast.%I', w.name),
    -- The keys were touched a moment ago, so their rows are likely in memory: an index beats reading whole tables.
    -- What finds orphans is tried at once, so that a rule which cannot work is refused here and not at somebody's delete.
    format('create or replace function holdfast.%1$I(%2$s) returns %3$s language plpgsql security definer set search_path = '''' '
      'set row_security = off set plan_cache_mode = force_generic_plan set random_page_cost = 1.1 as %4$L; revoke all on function holdfast.%1$I(%2$s) from public%5$s', w.name, w.arguments, w.returns, w.body,
      case when w.name ~ '^find_' then format('; select count(*) from holdfast.%I(array[]::text[], array[]::text[], now())', w.name) end),
    p.oid is not null,
    p.prosrc = w.body and p.prosecdef and p.proconfig = array['search_path=""', 'row_security=off', 'plan_cache_mode=force_generic_plan', 'random_page_cost=1.1'] and p.provolatile = 'v'
      and not p.proisstrict,
    'a function of its orphaning rule is missing', 'a function of its orphaning rule was replaced'
  from wanted w left join live_function p on p.proname = w.name
  where w.kind = 'function'
  union all
  select 3, null, 'trigger guard_orphans_settle on holdfast.orphan_suspects',
    'drop trigger if exists guard_orphans_settle on holdfast.orphan_suspects; create constraint trigger guard_orphans_settle after insert '
    'on holdfast.orphan_suspects deferrable initially deferred for each row execute function holdfast.refuse_orphans()',
    t.oid is not null, t.tgenabled in ('O', 'A') and t.tgtype = 5 and t.tgqual is null and t.called = 'refuse_orphans' and t.tgdeferrable
      and t.tginitdeferred,
    'the trigger that settles its orphaning rule is missing', 'the trigger that settles its orphaning rule is switched off or was replaced'
  from (values (1)) one (one)
  left join live_trigger t on t.tgname = 'guard_orphans_settle' and t.tgrelid = to_regclass('holdfast.orphan_suspects')
  where exists (select from wanted w where w.kind <> 'problem')
  union all
  select 4, t."table", format('trigger %I on %s', t.name, t.relation),
    format('create or replace trigger %1$I after %2$s on %3$s referencing %4$s for each statement execute function holdfast.%1$I()',
      t.name, t.event, t.relation, concat_ws(' ', 'old table as ' || t.old_table, 'new table as ' || t.new_table)),
    g.oid is not null,
    g.tgenabled in ('O', 'A') and g.tgtype = t.type and g.tgqual is null and g.called = t.name
      and g.tgoldtable is not distinct from t.old_table and g.tgnewtable is not distinct from t.new_table,
    format('the %s trigger of its orphaning rule is missing', upper(t.event)),
    case when g.tgenabled in ('D', 'R') then format('the %s trigger of its orphaning rule is disabled', upper(t.event))
      else format('the %s trigger of its orphaning rule was replaced', upper(t.event)) end
  from trigger t
  left join live_trigger g on g.tgname = t.name and g.tgrelid = to_regclass(t.relation)
  union all
  select 5, w."table", w.name, null, false, false, w.problem, null from wanted w where w.kind = 'problem'
  union all
  -- Kept once, not wanted any more.
  select 6, null, format('trigger %I on %s', g.tgname, g.tgrelid::regclass), format('drop trigger %I on %s', g.tgname, g.tgrelid::regclass),
    true, false, null, format('%s keeps an orphaning rule that the policy does not name', g.tgrelid::regclass)
  from live_trigger g
  where starts_with(g.called, 'guard_orphans_')
    and not exists (select from trigger t where t.name = g.tgname and to_regclass(t.relation) = g.tgrelid)
  union all
  select 7, null, format('function holdfast.%I', p.proname), format('drop function %s', p.oid::regprocedure), true, false, null,
    format('the function %s belongs to an orphaning rule that the policy does not name', p.proname)
  from live_function p
  where p.proname ~ '^(guard|find)_orphans_' and not exists (select from wanted w where w.kind = 'function' and w.name = p.proname)
)
select "table", object, statement,
  case when not exists then 'missing' when equal is not true then 'different' else 'right' end as state,
  case when not exists then if_missing when equal is not true then if_different end as problem
from objects
order by step, object
