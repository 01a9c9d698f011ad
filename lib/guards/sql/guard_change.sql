-- purpose:   the body of the trigger functions guard_delete_<table> and guard_update_<table>; plan_guards.sql fills in {{…}}
-- runs as:   guard owner (security definer), in the session that deletes or updates
-- locks:     none that others wait for
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
$body$
declare
  moment constant timestamptz := clock_timestamp();
  statement_id bigint;
  changed bigint;
  before bigint;
  counted bigint;
  held text;
  problem text;
  permit holdfast.permits;
  outside bigint;
  is_checked boolean := false;
  budget_role text := '';
  exceeded text;
  operation_id text;
begin
  if {{is_left_to_another}} then
    return null;
  end if;
  begin
    -- The short way: no permit, no role with a budget of its own, begun in this period, few rows. What it cannot answer goes
    -- to check_change.
    if {{has_fixed_limits}} and now() >= {{period_begins}}
      and coalesce(current_setting('holdfast.permit', true), '') = '' and pg_stat_get_xact_tuples_{{verb}}(tg_relid) <= 10000
      and not {{has_own_budget}} then
      statement_id := nextval('holdfast.statement_ids');
      if {{keeps_images}} then
        insert into holdfast.{{journal}} (holdfast_statement_id, holdfast_changed_at, {{columns}})
        select statement_id, moment, {{changed_columns}} {{changed_rows}};
        get diagnostics changed = row_count;
      else
        select count(*) into changed {{changed_rows}};
      end if;
      if changed = 0 then
        return null;
      end if;
      if {{is_within_statement}} then
        before := 0;
        -- The session's statistics count what it changed since it last sent them: equal means nothing before this statement.
        if {{is_in_tree}} or pg_stat_get_xact_tuples_{{verb}}(tg_relid) <> changed then
          select s.transaction_rows into before from holdfast.{{statements}} s
          -- Not "=" for the table: before the first ANALYZE the planner would read that index, too, and with it every statement.
          where s.transaction_id = pg_current_xact_id() and s.counts_as is not distinct from {{root}}::regclass
            and s.act = {{act}} and s.budget_role = ''
          order by s.id desc limit 1;
          before := coalesce(before, 0);
        end if;
        if {{is_within_transaction}} then
          if changed = 1 then
            -- As count_rows does it, without the call.
            held := pg_advisory_xact_lock_shared((1212565060::bigint << 32) | {{ones}}::regclass::oid::bigint)::text;
            counted := nextval({{ones}}::regclass) + 1000 * coalesce(pg_sequence_last_value({{thousands}}::regclass), 0);
          else
            counted := holdfast.count_rows({{ones}}, {{thousands}}, changed);
          end if;
          is_checked := {{is_within_window}};
          before := before + changed;
        end if;
      end if;
      if not is_checked then
        select c.transaction_rows, c.total, c.budget_role, c.exceeded, c.operation_id
        into before, counted, budget_role, exceeded, operation_id
        from holdfast.check_change(tg_relid, {{act}}, changed, counted, null, null) c;
      end if;
    else
      select count(*) into changed {{changed_rows}};
      if changed = 0 then
        return null;
      end if;
      statement_id := nextval('holdfast.statement_ids');
      permit := holdfast.find_permit(tg_relid, {{act}});
      if permit.predicate is not null then
        execute format('select count(*) from (select %s) d where (%s) is not true', {{changed_select}}, permit.predicate) into outside;
      end if;
      -- First checked, so that a refused statement writes no images.
      select c.transaction_rows, c.total, c.budget_role, c.exceeded, c.operation_id
      into before, counted, budget_role, exceeded, operation_id
      from holdfast.check_change(tg_relid, {{act}}, changed, null, permit.id, outside) c;
      if {{keeps_images}} or {{keeps_by_role}} or permit.id is not null or operation_id is not null then
        if changed > 10000 then
          problem := holdfast.explain_full_journal(tg_relid, changed);
        end if;
        if problem is null then
          insert into holdfast.{{journal}} (holdfast_statement_id, holdfast_changed_at, {{columns}})
          select statement_id, moment, {{changed_columns}} {{changed_rows}};
        else
          raise warning 'Holdfast: the rows are not in the journal: %', problem;
        end if;
      end if;
    end if;
    insert into holdfast.{{statements}} (id, relation, counts_as, table_name, act, transaction_id, changed_at, rows,
      transaction_rows, counted, budget_role, role_name, application_name, client_address, statement, exceeded, operation_id,
      permit_id, journal_problem)
    values (statement_id, tg_relid, {{root}}::regclass, {{table_name}}, {{act}}, pg_current_xact_id(), moment, changed,
      before, counted, budget_role,
      case current_setting('role') when 'none' then session_user::text else current_setting('role') end,
      nullif(current_setting('application_name'), ''), coalesce(host(inet_client_addr()), 'local'),
      left(current_query(), 2000), exceeded, operation_id, permit.id, problem);
    return null;
  exception when others then
    -- A refusal, a serialization failure, a lock or a shutdown is none of the guard's troubles.
    if sqlstate ~ '^(HF00[1-8]|40|55|57)' then
      raise;
    end if;
    problem := sqlerrm;
  end;

  -- A change within its budget never fails because its journal does: once more without images, which is said.
  begin
    select count(*) into changed {{changed_rows}};
    permit := holdfast.find_permit(tg_relid, {{act}});
    if permit.predicate is not null then
      execute format('select count(*) from (select %s) d where (%s) is not true', {{changed_select}}, permit.predicate) into outside;
    end if;
    perform holdfast.count_change(tg_relid, {{act}}, nextval('holdfast.statement_ids'), changed, problem, permit.id, outside);
    raise warning 'Holdfast: the rows are not in the journal: %', problem;
  exception when others then
    if sqlstate ~ '^(HF00[1-8]|40|55|57)' then
      raise;
    end if;
    if {{refuses_when_damaged}} then
      raise exception using errcode = 'HF009',
        message = format('Holdfast: %s of %s is refused: its guard is damaged', {{act}}, {{table_name}}),
        detail = sqlerrm, hint = 'Repair it with: holdfast guards install NAME';
    end if;
    raise warning using errcode = 'HF009',
      message = format('Holdfast: the guard of %s is damaged and let this %s pass, uncounted', {{table_name}}, {{act}}),
      detail = sqlerrm, hint = 'Repair it with: holdfast guards install NAME';
  end;
  return null;
end
$body$
