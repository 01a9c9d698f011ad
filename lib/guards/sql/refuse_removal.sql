-- purpose:   event trigger function: refuses to drop the guard's schema or functions, with which its event triggers would go unseen
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_removal() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
begin
  -- Before a command runs only its text is known; afterwards the cascade has taken the event triggers along.
  if current_query() !~* '\mholdfast\M' or holdfast.has_permit() then
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
