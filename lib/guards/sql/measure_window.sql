-- purpose:   how many rows count towards a budget's window, this statement's included; moves the window's beginning forward
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.measure_window(budget holdfast.budgets, rows bigint, counted bigint, exactly boolean)
returns bigint
language plpgsql security definer set search_path = '' as $body$
declare
  window_start constant timestamptz := clock_timestamp() - make_interval(mins => budget.window_minutes);
  begins bigint;
  visible bigint;
  is_alone boolean;
begin
  -- The sequences count what rolled back, too. Alone, the journal is exact; beside unfinished transactions, or with a
  -- snapshot that cannot see the newest ones, the sequences are the safe answer.
  if exactly and current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then
    -- Read before the journal is: what ends in between is seen there.
    select not exists (
      select from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.objsubid = 1 and l.classid = 1212565060::oid and l.objid = budget.ones::oid
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
        -- A prepared transaction has no process.
        and l.pid is distinct from pg_backend_pid()
    ) into is_alone;
    if is_alone then
      select coalesce(sum(s.rows), 0) + measure_window.rows into visible from holdfast.journal_statements s
      where s.counts_as = budget.counts_as and s.act = budget.act and s.changed_at >= window_start
        and s.budget_role = budget.role_name and s.counted is not null;
      perform setval(budget.window_from, greatest(counted - visible, 0));
      return visible;
    end if;
  end if;
  select s.counted into begins from holdfast.journal_statements s
  where s.counts_as = budget.counts_as and s.act = budget.act and s.changed_at < window_start
    and s.budget_role = budget.role_name and s.counted is not null
  order by s.changed_at desc limit 1;
  begins := greatest(begins, pg_sequence_last_value(budget.window_from), 0);
  perform setval(budget.window_from, begins);
  return counted - begins;
end
$body$;
revoke all on function holdfast.measure_window(holdfast.budgets, bigint, bigint, boolean) from public;
