-- purpose:   event trigger function: refuses DDL that renames, detaches or hands over a guarded table, or changes its guard
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_alter() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  before constant jsonb := nullif(current_setting('holdfast.tables_before', true), '')::jsonb;
  hint constant text := 'File it as a deployment (holdfast deployments validate NAME --migration FILE), or change the guard through '
    'Holdfast (holdfast policy apply, holdfast guards install).';
  after jsonb;
  found_change record;
begin
  -- A guard that lost a part of itself must not stand in the way of its repair; verification has found that by then.
  if to_regclass('holdfast.guarded_tables') is null or to_regprocedure('holdfast.operation_is_open()') is null
    or to_regprocedure('holdfast.describe_tables()') is null then
    return;
  end if;
  if holdfast.operation_is_open() then
    return;
  end if;
  after := holdfast.describe_tables();
  -- The short way of all DDL that is about something else.
  if before is not distinct from after and not exists (select from pg_event_trigger_ddl_commands() d where d.schema_name = 'holdfast') then
    return;
  end if;

  for found_change in
    select g as guarded, compared.what
    from jsonb_each(before) as b (oid, was)
    join jsonb_each(after) as n (oid, is_now) using (oid)
    join holdfast.guarded_tables g on g.relation = b.oid::oid
    cross join lateral (
      select case
        when exists (
          select from jsonb_each(b.was -> 'guards') as t (name, made)
          where t.made -> 0 = 'true' and n.is_now -> 'guards' -> t.name is distinct from t.made
        ) then 'switching its guard off'
        when b.was ->> 'name' <> n.is_now ->> 'name' then format('renaming %s to %s', b.was ->> 'name', n.is_now ->> 'name')
        when not n.is_now -> 'parents' @> (b.was -> 'parents') then format('detaching %s', n.is_now ->> 'name')
        when not b.was -> 'parents' @> (n.is_now -> 'parents')
          then format('making %s part of a table through which it could be emptied', n.is_now ->> 'name')
        when b.was ->> 'owner' <> n.is_now ->> 'owner' then format('giving %s to another owner', n.is_now ->> 'name')
        when not (b.was ->> 'unlogged')::boolean and (n.is_now ->> 'unlogged')::boolean
          then format('making %s unlogged, so that a crash empties it,', n.is_now ->> 'name')
        else (
          select format('renaming column %s of %s', c.made ->> 'name', n.is_now ->> 'name')
          from jsonb_each(b.was -> 'columns') as c (number, made)
          where n.is_now -> 'columns' -> c.number ->> 'name' <> c.made ->> 'name'
          limit 1
        )
      end as what
    ) compared
    where compared.what is not null
    union all
    select (select g from holdfast.guarded_tables g order by g.mode, g.relation limit 1),
      format('changing the guard''s own %s', d.object_identity)
    from pg_event_trigger_ddl_commands() d
    where d.schema_name = 'holdfast' and (
      d.classid = 'pg_catalog.pg_proc'::regclass
      -- Operations keep their markers there; they are not the guard's.
      or d.command_tag = 'ALTER TABLE' and d.classid = 'pg_catalog.pg_class'::regclass and d.object_identity !~ '^holdfast\.operation_markers'
    )
  loop
    continue when found_change.guarded is null;
    if (found_change.guarded).mode = 'refuse' then
      perform holdfast.refuse_change(found_change.guarded, 'HF003', null, 'alter',
        format('Holdfast: %s is refused: %s is protected', found_change.what, (found_change.guarded).table_name), hint);
    end if;
    raise warning 'Holdfast: %: % is watched', found_change.what, (found_change.guarded).table_name using errcode = 'HF003';
  end loop;
end
$body$;
revoke all on function holdfast.refuse_alter() from public;
