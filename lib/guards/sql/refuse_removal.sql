-- purpose:   event trigger function: refuses to drop or replace the guard's schema and functions before its event triggers go with them
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_removal() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
  pattern constant text := (case when tg_tag ~ '^DROP' then '\mholdfast\M' else 'function\s+"?holdfast"?\s*\.' end);
begin
  -- Before a command runs only its text is known; afterwards the cascade has taken the event triggers along.
  if current_query() !~* pattern or exists (
    select from holdfast.permits p
    where p.transaction_id = pg_current_xact_id_if_assigned() and p.transaction_started = now()
  ) then
    return;
  end if;
  select g.* into guarded from holdfast.guarded_tables g order by g.mode limit 1;
  if found and guarded.mode = 'refuse' then
    perform holdfast.refuse_change(guarded, 'HF003', null, 'drop',
      format('Holdfast: %s of the guard itself is refused', tg_tag), 'Remove it with: holdfast guards remove NAME');
  end if;
end
$body$;
revoke all on function holdfast.refuse_removal() from public;
