-- purpose:   adds a week's partition to a journal, taking the rows along that came before it was there
-- runs as:   guard owner
-- locks:     the journal, for a moment; never the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_pruning.sql, plan_removal.sql
create or replace function holdfast.add_week(journal text, week_name text, rest text, moment text, week date) returns void
language plpgsql set search_path = '' as $body$
declare
  begins constant text := quote_literal(week || ' 00:00:00+00');
  ends constant text := quote_literal((week + 7) || ' 00:00:00+00');
  has_rows boolean;
begin
  execute format('select exists (select from holdfast.%I where %I >= %s and %2$I < %4$s)', rest, moment, begins, ends) into has_rows;
  if not has_rows then
    execute format('create table holdfast.%I partition of holdfast.%I for values from (%s) to (%s)', week_name, journal, begins, ends);
    return;
  end if;
  execute format('lock table holdfast.%I in access exclusive mode', rest);
  execute format('create table holdfast.%I (like holdfast.%I including all)', week_name, journal);
  execute format('with moved as (delete from holdfast.%I where %I >= %s and %2$I < %4$s returning *) '
    'insert into holdfast.%5$I select * from moved', rest, moment, begins, ends, week_name);
  execute format('alter table holdfast.%I attach partition holdfast.%I for values from (%s) to (%s)', journal, week_name, begins, ends);
end
$body$;
revoke all on function holdfast.add_week(text, text, text, text, date) from public;
