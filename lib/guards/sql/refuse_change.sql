-- purpose:   refuses what a guard does not let pass: counts, keeps evidence, then raises
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
--
-- Guards of before had one argument fewer.
drop function if exists holdfast.refuse_change(holdfast.guarded_tables, text, bigint, text, text, text);
create or replace function holdfast.refuse_change(
  guarded holdfast.guarded_tables, code text, rows bigint, exceeded text, message text, hint text, act text default null
) returns void
language plpgsql security definer set search_path = '' as $body$
declare
  who record;
  attempt bigint;
begin
  select * into who from holdfast.describe_session();
  -- Sequences do not roll back: whatever else fails, this attempt is counted, with its time in milliseconds and its rows.
  attempt := nextval(guarded.attempts);
  perform setval(guarded.last_attempt, ((extract(epoch from clock_timestamp()) * 1000)::bigint << 21) | least(coalesce(rows, 0), 2097151));
  perform holdfast.record_attempt(guarded.table_name, attempt, rows, exceeded, act);
  raise exception using
    errcode = code,
    message = message,
    detail = format('Nothing was changed. Role %s, application %s, from %s. This was attempt %s on %s; it is on record.',
      who.role_name, coalesce(who.application_name, '(no name)'), who.client_address, attempt, guarded.table_name),
    hint = hint,
    schema = split_part(guarded.table_name, '.', 1),
    table = guarded.table_name;
end
$body$;
revoke all on function holdfast.refuse_change(holdfast.guarded_tables, text, bigint, text, text, text, text) from public;
