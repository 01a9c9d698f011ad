-- purpose:   event trigger function: refuses ALTER TABLE … TYPE on a guarded table where the rewrite can lose values
-- runs as:   guard owner
-- locks:     none; the command itself holds ACCESS EXCLUSIVE already
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_rewrite() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  -- 4: a column gets another type or an expression. 1 persistence, 2 a volatile default, 8 the access method lose nothing.
  is_type_change constant boolean := pg_event_trigger_table_rewrite_reason() & 4 > 0;
  rewritten constant oid := pg_event_trigger_table_rewrite_oid();
  before jsonb;
  guarded holdfast.guarded_tables;
  -- The statement that a function or a DO block runs is in the context only.
  statements text;
  loss text;
begin
  if not is_type_change or to_regclass('holdfast.guarded_tables') is null or to_regprocedure('holdfast.operation_is_open()') is null then
    return;
  end if;
  select g.* into guarded from holdfast.guarded_tables g where g.relation = rewritten;
  if not found or holdfast.operation_is_open() then
    return;
  end if;
  get diagnostics statements = pg_context;
  before := nullif(current_setting('holdfast.tables_before', true), '')::jsonb -> rewritten::text -> 'columns';

  -- What a USING expression makes of the values cannot be known; an assignment cast fails rather than cuts, except that
  -- it rounds. So widening and what fails loudly passes, and the rest is refused.
  if statements ~ '(?n)^SQL function' or current_query() || statements ~* '\mtype\M[^;]*\musing\M' then
    loss := 'with an expression, which can destroy values,';
  else
    select format('from %s to %s, which can round or cut values,', format_type(c.was, c.modifier_was), format_type(c.is_now, c.modifier)) into loss
    from (
      select (b.made ->> 'type')::oid as was, (b.made ->> 'modifier')::integer as modifier_was, a.atttypid as is_now, a.atttypmod as modifier
      from jsonb_each(before) as b (number, made)
      join pg_catalog.pg_attribute a on a.attrelid = rewritten and a.attnum = b.number::smallint and not a.attisdropped
      where ((b.made ->> 'type')::oid, (b.made ->> 'modifier')::integer) is distinct from (a.atttypid, a.atttypmod)
    ) c
    where not (
      c.is_now in ('pg_catalog.text'::regtype, 'pg_catalog.varchar'::regtype) and c.was <> 'pg_catalog.bpchar'::regtype
      or c.is_now in ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype)
        and c.was in ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype)
      or c.is_now = 'pg_catalog.numeric'::regtype and c.modifier = -1
        and c.was in ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype, 'pg_catalog.numeric'::regtype)
      or c.is_now = 'pg_catalog.float8'::regtype
        and c.was in ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.float4'::regtype)
      or c.is_now in ('pg_catalog.timestamp'::regtype, 'pg_catalog.timestamptz'::regtype) and c.was = 'pg_catalog.date'::regtype
      or c.is_now = 'pg_catalog.json'::regtype and c.was = 'pg_catalog.jsonb'::regtype
    )
    limit 1;
    -- A rewrite for a type that stays the same, or an unknown past: there is an expression somewhere.
    if loss is null and not exists (
      select from jsonb_each(before) as b (number, made)
      join pg_catalog.pg_attribute a on a.attrelid = rewritten and a.attnum = b.number::smallint and not a.attisdropped
      where ((b.made ->> 'type')::oid, (b.made ->> 'modifier')::integer) is distinct from (a.atttypid, a.atttypmod)
    ) then
      loss := 'with an expression, which can destroy values,';
    end if;
  end if;
  if loss is null then
    return;
  end if;
  if guarded.mode = 'refuse' then
    perform holdfast.refuse_change(guarded, 'HF003', null, 'rewrite',
      format('Holdfast: rewriting a column of %s %s is refused: the table is protected', guarded.table_name, loss),
      'Add a new column, fill it and keep the old one until the new one is proven; or file it as a deployment: '
      'holdfast deployments validate NAME --migration FILE');
  end if;
  raise warning 'Holdfast: rewriting a column of % %', guarded.table_name, loss using errcode = 'HF003';
end
$body$;
revoke all on function holdfast.refuse_rewrite() from public;
