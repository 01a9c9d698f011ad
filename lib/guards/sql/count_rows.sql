-- purpose:   adds rows to a budget's sequences and returns their total; what is added stays when the transaction rolls back
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     a shared advisory lock until the transaction's end, by which others see that uncommitted rows are counted
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.count_rows(ones regclass, thousands regclass, rows bigint) returns bigint
language plpgsql security definer set search_path = '' as $body$
declare
  total bigint;
  held text;
begin
  -- First the lock, then the count: whoever reads the count later finds the lock of an unfinished transaction.
  held := pg_advisory_xact_lock_shared((1212565060::bigint << 32) | ones::oid::bigint)::text;
  if rows >= 1000 then
    perform nextval(thousands) from generate_series(1, rows / 1000);
  end if;
  if rows = 1 then
    total := nextval(ones);
  elsif rows % 1000 > 0 then
    select max(nextval(ones)) into total from generate_series(1, rows % 1000);
  end if;
  return coalesce(total, pg_sequence_last_value(ones), 0) + 1000 * coalesce(pg_sequence_last_value(thousands), 0);
end
$body$;
revoke all on function holdfast.count_rows(regclass, regclass, bigint) from public;
