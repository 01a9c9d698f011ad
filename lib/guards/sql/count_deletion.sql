-- purpose:   counts a statement's deleted rows against the budgets; refuses, or returns the journal's statement id
-- runs as:   guard owner; called by the guard triggers only
-- locks:     the table's row in deletion_gates, until the deleting transaction ends
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.count_deletion(relation regclass, rows bigint) returns bigint
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
  permit holdfast.permits;
  who record;
  in_transaction bigint;
  in_window bigint;
  estimated real;
  exceeded text;
  reason text;
  statement_id bigint;
begin
  select * into guarded from holdfast.guarded_tables g where g.relation = count_deletion.relation;
  if not found then
    raise exception using errcode = 'HF009',
      message = format('Holdfast: %s has a guard but no budget', relation),
      hint = 'The guard is damaged. Repair it with: holdfast guards install NAME';
  end if;

  -- The start time is compared too: after a restore into another cluster, transaction ids repeat.
  select * into permit from holdfast.permits p
  where p.transaction_id = pg_current_xact_id() and p.transaction_started = now();

  if permit.operation_id is null then
    if rows > guarded.statement_rows then
      exceeded := 'statement';
      reason := format('one statement may delete %s', guarded.statement_rows);
    else
      -- This lock is the exactness: whoever counts sees every committed deletion and no other one is in flight.
      -- Under REPEATABLE READ a concurrent deletion makes this fail with 40001, as any lost update does.
      update holdfast.deletion_gates g set
        transaction_rows = rows + case
          when g.transaction_id = pg_current_xact_id() and g.transaction_started = now() then g.transaction_rows else 0 end,
        transaction_id = pg_current_xact_id(),
        transaction_started = now()
      where g.relation = guarded.counts_as
      returning g.transaction_rows into in_transaction;

      insert into holdfast.deletions_by_minute as m values (guarded.counts_as, date_trunc('minute', clock_timestamp()), rows)
      on conflict on constraint deletions_by_minute_pkey do update set rows = m.rows + excluded.rows;

      select sum(m.rows) into in_window from holdfast.deletions_by_minute m
      where m.relation = guarded.counts_as
        and m.minute >= date_trunc('minute', clock_timestamp() - make_interval(mins => guarded.window_minutes));

      if in_transaction > guarded.transaction_rows then
        exceeded := 'transaction';
        reason := format('with %s before it, one transaction may delete %s', in_transaction - rows, guarded.transaction_rows);
      elsif in_window > guarded.window_rows then
        exceeded := 'window';
        reason := format('with %s before it, all together may delete %s in %s minutes',
          in_window - rows, guarded.window_rows, guarded.window_minutes);
      elsif guarded.transaction_percent is not null then
        -- The planner's estimate keeps the cost flat; below a thousand rows a share says nothing that rows do not.
        select c.reltuples into estimated from pg_catalog.pg_class c where c.oid = guarded.counts_as;
        if estimated >= 1000 and in_transaction > estimated * guarded.transaction_percent / 100 then
          exceeded := 'percent';
          reason := format('one transaction may delete %s %% of about %s', guarded.transaction_percent, estimated::bigint);
        end if;
      end if;
    end if;
  end if;

  if exceeded is not null then
    if guarded.mode = 'refuse' then
      perform holdfast.refuse_change(guarded, 'HF001', rows, exceeded,
        format('Holdfast: deleting %s %s of %s is refused: %s',
          rows, case rows when 1 then 'row' else 'rows' end, guarded.table_name, reason),
        'Check the WHERE clause. If it is meant: delete fewer rows at a time, or have this table''s deletion budget raised '
        'in Holdfast (holdfast policy apply).');
    end if;
    raise warning 'Holdfast: deleting % rows of %: %', rows, guarded.table_name, reason using errcode = 'HF001';
  end if;

  select * into who from holdfast.describe_session();
  insert into holdfast.journal_statements (relation, table_name, transaction_id, deleted_at, rows, role_name, application_name,
    client_address, statement, exceeded, operation_id)
  values (guarded.relation, guarded.table_name, pg_current_xact_id(), clock_timestamp(), rows, who.role_name, who.application_name,
    who.client_address, who.statement, exceeded, permit.operation_id)
  returning id into statement_id;
  return statement_id;
end
$body$;
revoke all on function holdfast.count_deletion(regclass, bigint) from public;
