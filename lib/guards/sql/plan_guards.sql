-- purpose:   what the guards of a target should be beside what they are: one row per object, with the DDL that makes it right
-- runs as:   guard owner or watch; reads the catalog only, builds all DDL from regclass with format('%I')
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo; the statements it builds are undone by plan_removal.sql
--
-- $1 wanted tables [{table, schema, name, mode, statementRows, transactionRows, transactionPercent, windowRows, windowMinutes}]
-- $2 the rows of holdfast.guarded_tables as jsonb, [] when there is no such table
with wanted as (
  select w.position, w.entry, w.entry ->> 'table' as table_name, c.oid as root, c.relkind
  from jsonb_array_elements($1::jsonb) with ordinality as w (entry, position)
  left join (
    select c.oid, c.relname, n.nspname, c.relkind
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
  ) c on c.nspname = w.entry ->> 'schema' and c.relname = w.entry ->> 'name'
), relations as (
  -- A DELETE on a partition fires the partition's triggers only, so each partition has its own; all count as the parent.
  select distinct on (t.relid) w.*, t.relid as relation, t.relid <> w.root as is_partition
  from wanted w
  cross join lateral (
    select w.root as relid
    union
    select p.relid::oid from pg_catalog.pg_partition_tree(case w.relkind when 'p' then w.root end) p
    join pg_catalog.pg_class c on c.oid = p.relid where c.relkind in ('r', 'p')
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
    (select string_agg(format('%I', a.attname), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = r.relation and a.attnum > 0 and not a.attisdropped) as columns,
    (select string_agg(format('d.%I', a.attname), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = r.relation and a.attnum > 0 and not a.attisdropped) as deleted_columns
  from relations r
), live as (
  select n.*,
    to_regclass(format('holdfast.%I', 'journal_' || n.root_slug)) as journal,
    (
      select g.entry from jsonb_array_elements($2::jsonb) as g (entry)
      where g.entry ->> 'relation' = n.relation::regclass::text
    ) as row_now,
    format($body$
declare
  deleted_rows bigint;
  statement_id bigint;
begin
  select count(*) into deleted_rows from deleted;
  if deleted_rows = 0 then
    return null;
  end if;
  statement_id := holdfast.count_deletion(tg_relid, deleted_rows);
  begin
    insert into holdfast.%1$I (holdfast_statement_id, holdfast_transaction_id, holdfast_deleted_at, %2$s)
    select statement_id, pg_current_xact_id(), clock_timestamp(), %3$s from deleted d;
  exception when others then
    -- A delete within its budget never fails because its journal does; the missing images are said so.
    raise warning 'Holdfast: the rows deleted from %4$s are not in the journal: %%', sqlerrm;
    update holdfast.journal_statements s set journal_problem = sqlerrm where s.id = statement_id;
  end;
  return null;
end
$body$, 'journal_' || n.root_slug, n.columns, n.deleted_columns, replace(replace(n.table_name, '%', '%%'), '''', '''''')) as body
  from named n
), objects as (
  select l.position, 1 as step, l.table_name, 'journal' as kind,
    format('table holdfast.%I', 'journal_' || l.root_slug) as object,
    (
      select format(
        'create table holdfast.%1$I (holdfast_statement_id bigint not null, holdfast_transaction_id xid8 not null, '
        'holdfast_deleted_at timestamptz not null, %2$s); create index on holdfast.%1$I using brin (holdfast_statement_id, holdfast_deleted_at)',
        'journal_' || l.root_slug,
        string_agg(format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum))
      from pg_catalog.pg_attribute a where a.attrelid = l.relation and a.attnum > 0 and not a.attisdropped
    ) as statement,
    l.journal is not null as exists, true as equal, 'its journal is missing' as if_missing, null as if_different
  from live l where not l.is_partition
  union all
  select l.position, 2, l.table_name, 'journal', format('column %I of holdfast.%I', a.attname, 'journal_' || l.root_slug),
    case when j.attname is null
      then format('alter table holdfast.%I add column %I %s', 'journal_' || l.root_slug, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
      else format('alter table holdfast.%1$I alter column %2$I type %3$s using %2$I::text::%3$s', 'journal_' || l.root_slug, a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod))
    end,
    j.attname is not null, j.atttypid = a.atttypid and j.atttypmod = a.atttypmod,
    format('its column %I is not in the journal', a.attname), format('its column %I has another type in the journal', a.attname)
  from live l
  join pg_catalog.pg_attribute a on a.attrelid = l.relation and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_attribute j on j.attrelid = l.journal and j.attname = a.attname and not j.attisdropped
  where not l.is_partition and l.journal is not null
  union all
  select l.position, 3, l.table_name, 'sequence', format('sequence holdfast.%I', kind.name || l.root_slug),
    format('create sequence holdfast.%1$I minvalue 0 start 1; grant select on sequence holdfast.%1$I to pg_monitor', kind.name || l.root_slug),
    to_regclass(format('holdfast.%I', kind.name || l.root_slug)) is not null, true, 'the counter of its refused attempts is missing', null
  from live l cross join unnest(array['attempts_', 'last_attempt_']) as kind (name)
  where not l.is_partition
  union all
  select l.position, 4, l.table_name, 'budget', format('budget of %s', l.label),
    format(
      'insert into holdfast.guarded_tables (relation, table_name, counts_as, journal, mode, statement_rows, transaction_rows, '
      'transaction_percent, window_rows, window_minutes, attempts, last_attempt) values (%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L) '
      'on conflict (relation) do update set table_name = excluded.table_name, counts_as = excluded.counts_as, journal = excluded.journal, '
      'mode = excluded.mode, statement_rows = excluded.statement_rows, transaction_rows = excluded.transaction_rows, '
      'transaction_percent = excluded.transaction_percent, window_rows = excluded.window_rows, window_minutes = excluded.window_minutes, '
      'attempts = excluded.attempts, last_attempt = excluded.last_attempt; '
      'insert into holdfast.deletion_gates (relation) values (%L) on conflict do nothing',
      l.label, l.table_name, l.root::regclass, format('holdfast.%I', 'journal_' || l.root_slug), l.entry ->> 'mode',
      l.entry ->> 'statementRows', l.entry ->> 'transactionRows', l.entry ->> 'transactionPercent', l.entry ->> 'windowRows',
      l.entry ->> 'windowMinutes', format('holdfast.%I', 'attempts_' || l.root_slug), format('holdfast.%I', 'last_attempt_' || l.root_slug),
      l.root::regclass),
    l.row_now is not null,
    (l.row_now ->> 'mode', l.row_now ->> 'table_name', l.row_now ->> 'counts_as', l.row_now ->> 'statement_rows', l.row_now ->> 'transaction_rows',
      (l.row_now ->> 'transaction_percent')::numeric, l.row_now ->> 'window_rows', l.row_now ->> 'window_minutes')
    is not distinct from
    (l.entry ->> 'mode', l.table_name, l.root::regclass::text, l.entry ->> 'statementRows', l.entry ->> 'transactionRows',
      (l.entry ->> 'transactionPercent')::numeric, l.entry ->> 'windowRows', l.entry ->> 'windowMinutes'),
    'it has no budget', 'its budget differs from the policy'
  from live l
  union all
  select l.position, 5, l.table_name, 'function', format('function holdfast.%I', 'guard_delete_' || l.slug),
    format('create or replace function holdfast.%1$I() returns trigger language plpgsql security definer set search_path = '''' as %2$L; '
      'revoke all on function holdfast.%1$I() from public', 'guard_delete_' || l.slug, l.body),
    p.oid is not null, p.prosrc = l.body and p.prosecdef and p.proconfig = array['search_path=""'] and p.provolatile = 'v',
    'its guard function is missing', 'its guard function was replaced'
  from live l
  left join pg_catalog.pg_proc p on p.proname = 'guard_delete_' || l.slug and p.pronargs = 0
    and p.pronamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'holdfast')
  union all
  select l.position, 6, l.table_name, 'trigger', format('trigger %I on %s', t.name, l.label), t.statement,
    live.oid is not null,
    -- 'A' fires in replica mode too, which a person may have chosen; anything else is switched off somewhere.
    live.tgenabled in ('O', 'A') and live.tgtype = t.type and live.tgqual is null and live.called = t.calls
      and live.tgoldtable is not distinct from t.old_table,
    format('its %s trigger is missing', t.event),
    case live.tgenabled when 'D' then format('its %s trigger is disabled', t.event)
      when 'R' then format('its %s trigger is disabled', t.event) else format('its %s trigger was replaced', t.event) end
  from live l
  cross join lateral (
    -- tgtype: 8 delete, 32 truncate, 2 before; neither bit 1 (row) is set.
    values ('DELETE', 'guard_delete_' || l.slug, 8::int2, 'guard_delete_' || l.slug, 'deleted'::name, format(
        'create or replace trigger %1$I after delete on %2$s referencing old table as deleted for each statement '
        'execute function holdfast.%1$I()', 'guard_delete_' || l.slug, l.label)),
      ('TRUNCATE', 'guard_truncate_' || l.slug, 34::int2, 'refuse_truncate', null, format(
        'create or replace trigger %I before truncate on %s for each statement execute function holdfast.refuse_truncate()',
        'guard_truncate_' || l.slug, l.label))
  ) as t (event, name, type, calls, old_table, statement)
  left join lateral (
    select g.*, p.proname as called from pg_catalog.pg_trigger g
    join pg_catalog.pg_proc p on p.oid = g.tgfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where g.tgrelid = l.relation and g.tgname = t.name and n.nspname = 'holdfast'
  ) live on true
  union all
  -- Guarded once, not wanted any more.
  select 100000, 7, g.entry ->> 'table_name', 'leftover', format('guard of %s', g.entry ->> 'relation'),
    coalesce((
      select string_agg(format('drop trigger %I on %s; ', t.tgname, t.tgrelid::regclass), '')
      from pg_catalog.pg_trigger t
      where t.tgrelid = to_regclass(g.entry ->> 'relation') and t.tgname ~ '^guard_(delete|truncate)_'
    ), '') || format('delete from holdfast.guarded_tables g where g.relation::text = %L', g.entry ->> 'relation'),
    true, false, null, 'it is guarded although the policy does not protect it'
  from jsonb_array_elements($2::jsonb) as g (entry)
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
