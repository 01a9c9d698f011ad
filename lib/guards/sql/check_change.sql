-- purpose:   counts a statement's deleted or overwritten rows against budgets and permits; refuses, or says what to record
-- runs as:   guard owner; called by the guard triggers only
-- locks:     none that others wait for; a shared advisory lock says until the transaction's end that it counts
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
--
-- counted: what count_rows returned when the trigger has counted already, else null
-- rows_outside: rows that the permit's predicate does not hold for
create or replace function holdfast.check_change(
  relation regclass, act text, rows bigint, counted bigint, permit_id uuid, rows_outside bigint,
  out transaction_rows bigint, out total bigint, out budget_role text, out exceeded text, out operation_id text
)
language plpgsql security definer set search_path = '' as $body$
#variable_conflict use_variable
declare
  guarded holdfast.guarded_tables;
  budget holdfast.budgets;
  permit holdfast.permits;
  who record;
  before bigint;
  in_window bigint;
  table_rows numeric;
  most bigint;
  reason text;
begin
  select g.* into guarded from holdfast.guarded_tables g where g.relation = check_change.relation;
  select * into who from holdfast.describe_session();
  select b.* into budget from holdfast.budgets b
  where b.counts_as = guarded.counts_as and b.act = check_change.act and b.role_name in (who.role_name, session_user, '')
  order by b.role_name = who.role_name desc, b.role_name = session_user desc
  limit 1;
  if budget.counts_as is null then
    raise exception using errcode = 'HF009',
      message = format('Holdfast: %s has a guard but no budget', relation),
      hint = 'The guard is damaged. Repair it with: holdfast guards install NAME';
  end if;

  select p.operation_id into operation_id from holdfast.permits p
  where p.kind = 'operation' and p.transaction_id = pg_current_xact_id() and p.transaction_started = now();

  -- Rolled back savepoints took their rows along, so the newest visible one is the running total.
  select s.transaction_rows into before from holdfast.journal_statements s
  -- Not "=" for the table: before the first ANALYZE the planner would read that index, too, and with it every statement.
  where s.transaction_id = pg_current_xact_id() and s.counts_as is not distinct from guarded.counts_as
    and s.act = check_change.act and s.budget_role = budget.role_name
  order by s.id desc limit 1;
  before := coalesce(before, 0);

  if operation_id is not null then
    null;
  elsif permit_id is not null then
    update holdfast.permits p set used_rows = p.used_rows + check_change.rows where p.id = permit_id returning p.* into permit;
    if rows_outside > 0 then
      reason := format('%s of them are not what the permit is for: %s', rows_outside, permit.predicate);
    elsif permit.used_rows > permit.max_rows then
      reason := format('the permit is for %s rows', permit.max_rows);
    elsif statement_timestamp() > permit.expires_at then
      reason := 'the permit''s time is over';
    end if;
    if reason is not null then
      perform holdfast.refuse_change(guarded, 'HF005', rows, 'permit',
        format('Holdfast: %s of %s rows of %s is refused: %s', act, rows, guarded.table_name, reason),
        'Roll back; the permit can be used again until it expires. For more, request another one: holdfast permits request.', act);
    end if;
  else
    if budget.statement_percent is not null or budget.transaction_percent is not null or budget.window_percent is not null then
      -- The planner's estimate keeps the cost flat, and still holds what this transaction deleted; below a thousand rows a
      -- share says nothing that rows do not.
      select sum(greatest(c.reltuples, pg_stat_get_live_tuples(c.oid))) into table_rows
      from holdfast.guarded_tables g join pg_catalog.pg_class c on c.oid = g.relation
      where g.counts_as = guarded.counts_as and c.relkind = 'r';
      if table_rows < 1000 then
        table_rows := null;
      end if;
    end if;
    most := least(budget.statement_rows, floor(table_rows * budget.statement_percent / 100));
    if rows > most then
      exceeded := 'statement';
      reason := format('one statement may %s %s', act, most);
    end if;
    if exceeded is null then
      most := least(budget.transaction_rows, floor(table_rows * budget.transaction_percent / 100));
      if before + rows > most then
        exceeded := 'transaction';
        reason := format('with %s before it, one transaction may %s %s', before, act, most);
      end if;
    end if;
    if exceeded is null then
      total := coalesce(counted, holdfast.count_rows(budget.ones, budget.thousands, rows));
      most := least(budget.window_rows, floor(table_rows * budget.window_percent / 100));
      if total - coalesce(pg_sequence_last_value(budget.window_from), 0) > most then
        in_window := holdfast.measure_window(budget, rows, total, guarded.mode = 'refuse');
        if in_window > most then
          exceeded := 'window';
          reason := format('with %s before it, all together may %s %s in %s minutes',
            in_window - rows, act, most, budget.window_minutes);
        end if;
      end if;
    end if;
  end if;

  if exceeded is not null then
    if budget.role_name <> '' then
      reason := format('of role %s %s', budget.role_name, reason);
    end if;
    if guarded.mode = 'refuse' then
      perform holdfast.refuse_change(guarded, 'HF001', rows, exceeded,
        format('Holdfast: %s %s %s of %s is refused: %s', case act when 'delete' then 'deleting' else 'overwriting' end,
          rows, case rows when 1 then 'row' else 'rows' end, guarded.table_name, reason),
        'Check the WHERE clause. If it is meant: take fewer rows at a time, or ask for a deletion permit: '
        'holdfast permits request NAME --table T --max-rows N --minutes M --reason R', act);
    end if;
    raise warning 'Holdfast: % of % rows of %: %', act, rows, guarded.table_name, reason using errcode = 'HF001';
  end if;

  budget_role := budget.role_name;
  -- What goes under a permit uses up nobody's budget.
  transaction_rows := before + case when operation_id is null and permit_id is null then rows else 0 end;
end
$body$;
revoke all on function holdfast.check_change(regclass, text, bigint, bigint, uuid, bigint) from public;
