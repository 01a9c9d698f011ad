-- purpose:   event trigger function: refuses to drop a guarded table, one of its columns or partitions, or the guard itself
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_drop() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  dropped record;
  guarded holdfast.guarded_tables;
begin
  -- The guard being dropped as a whole leaves nothing to ask.
  if to_regclass('holdfast.guarded_tables') is null or to_regclass('holdfast.permits') is null then
    raise exception 'Holdfast: dropping the guard is refused' using errcode = 'HF003',
      hint = 'Remove it with: holdfast guards remove NAME';
  end if;
  if exists (
    select from holdfast.permits p
    where p.transaction_id = pg_current_xact_id_if_assigned() and p.transaction_started = now()
  ) then
    return;
  end if;
  for dropped in select * from pg_event_trigger_dropped_objects() d where not d.is_temporary loop
    if dropped.classid = 'pg_catalog.pg_class'::regclass then
      select * into guarded from holdfast.guarded_tables g where g.relation = dropped.objid or g.journal = dropped.objid;
    elsif dropped.object_type = 'trigger' then
      select * into guarded from holdfast.guarded_tables g
      where starts_with(dropped.address_names[3], 'guard_')
        and g.relation = to_regclass(format('%I.%I', dropped.address_names[1], dropped.address_names[2]));
    elsif dropped.object_type = 'function' and dropped.schema_name = 'holdfast'
      and dropped.address_names[2] ~ '^(guard_delete_|count_deletion|refuse_|record_attempt|open_permit|describe_session)' then
      select * into guarded from holdfast.guarded_tables g limit 1;
    else
      continue;
    end if;
    if guarded.relation is not null and guarded.mode = 'refuse' then
      perform holdfast.refuse_change(guarded, 'HF003', null, 'drop',
        format('Holdfast: dropping %s %s is refused: %s is protected', dropped.object_type, dropped.object_identity, guarded.table_name),
        'Rehearse the change as a deployment in Holdfast, or have the table''s protection taken off (holdfast policy apply).');
    end if;
    guarded := null;
  end loop;
end
$body$;
revoke all on function holdfast.refuse_drop() from public;
