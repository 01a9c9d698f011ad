-- purpose:   event trigger function: refuses to drop a guarded table, one of its columns or partitions, or the guard itself
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_drop() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  lost record;
begin
  -- The guard being dropped as a whole leaves nothing to ask.
  if to_regclass('holdfast.guarded_tables') is null or to_regclass('holdfast.permits') is null
    or to_regprocedure('holdfast.operation_is_open()') is null then
    raise exception 'Holdfast: dropping the guard is refused' using errcode = 'HF003',
      hint = 'Remove it with: holdfast guards remove NAME';
  end if;
  if holdfast.operation_is_open() then
    return;
  end if;
  for lost in
    select d.object_type, d.object_identity, g as guarded
    from pg_event_trigger_dropped_objects() d
    cross join lateral (
      select g from holdfast.guarded_tables g
      where case
        when d.classid = 'pg_catalog.pg_class'::regclass and g.relation = d.objid then true
        when d.object_type = 'trigger' and starts_with(d.address_names[3], 'guard_')
          and g.relation = to_regclass(format('%I.%I', d.address_names[1], d.address_names[2])) then true
        -- What the guard consists of belongs to every guarded table; operations keep their markers in the schema, too.
        when d.schema_name = 'holdfast' and d.object_type in ('table', 'table column', 'sequence', 'function')
          and d.object_identity !~ '^holdfast\.operation_markers' then true
        else false
      end
      order by g.mode, g.relation
      limit 1
    ) g
    where not d.is_temporary
    order by (g).mode, (g).relation <> d.objid
  loop
    if not exists (select from pg_catalog.pg_class c where c.oid = (lost.guarded).attempts)
      or not exists (select from pg_catalog.pg_class c where c.oid = (lost.guarded).last_attempt) then
      raise exception 'Holdfast: dropping the guard is refused' using errcode = 'HF003',
        hint = 'Remove it with: holdfast guards remove NAME';
    end if;
    if (lost.guarded).mode = 'refuse' then
      perform holdfast.refuse_change(lost.guarded, 'HF003', null, 'drop',
        format('Holdfast: dropping %s %s is refused: %s is protected', lost.object_type, lost.object_identity, (lost.guarded).table_name),
        'Nothing was dropped. File it as a deployment: holdfast deployments validate NAME --migration FILE; or have the table''s '
        'protection taken off: holdfast policy apply NAME FILE');
    end if;
    raise warning 'Holdfast: dropping % %: % is watched', lost.object_type, lost.object_identity, (lost.guarded).table_name
      using errcode = 'HF003';
  end loop;
end
$body$;
revoke all on function holdfast.refuse_drop() from public;
