-- purpose:   refuses TRUNCATE of a guarded table, which no journal could undo
-- runs as:   guard owner; called by the guard triggers only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_truncation(relation regclass) returns void
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
begin
  if holdfast.operation_is_open() then
    return;
  end if;
  select * into guarded from holdfast.guarded_tables g where g.relation = refuse_truncation.relation;
  if not found then
    raise exception using errcode = 'HF009',
      message = format('Holdfast: %s has a guard but no budget', relation),
      hint = 'The guard is damaged. Repair it with: holdfast guards install NAME';
  end if;
  if guarded.mode = 'warn' then
    raise warning 'Holdfast: TRUNCATE of %', guarded.table_name using errcode = 'HF002';
    return;
  end if;
  perform holdfast.refuse_change(guarded, 'HF002', null, 'truncate',
    format('Holdfast: TRUNCATE of %s is refused: the table is protected', guarded.table_name),
    'DELETE within the budget, or have the table''s protection taken off in Holdfast (holdfast policy apply).');
end
$body$;
revoke all on function holdfast.refuse_truncation(regclass) from public;
