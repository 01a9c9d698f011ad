-- purpose:   trigger function: refuses TRUNCATE of a guarded table, which no journal could undo
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_truncate() returns trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
begin
  if holdfast.operation_is_open() then
    return null;
  end if;
  select * into guarded from holdfast.guarded_tables g where g.relation = tg_relid;
  if not found then
    raise exception using errcode = 'HF009',
      message = format('Holdfast: %s has a guard but no budget', tg_relid::regclass),
      hint = 'The guard is damaged. Repair it with: holdfast guards install NAME';
  end if;
  if guarded.mode = 'warn' then
    raise warning 'Holdfast: TRUNCATE of %', guarded.table_name using errcode = 'HF002';
    return null;
  end if;
  perform holdfast.refuse_change(guarded, 'HF002', null, 'truncate',
    format('Holdfast: TRUNCATE of %s is refused: the table is protected', guarded.table_name),
    'DELETE within the budget, or have the table''s protection taken off in Holdfast (holdfast policy apply).');
  return null;
end
$body$;
revoke all on function holdfast.refuse_truncate() from public;
