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
begin
  if {{is_left_to_another}} then
    return null;
  end if;
  -- The short way: no permit, no role with a budget of its own, begun in this period, few rows. What it cannot answer goes to count_change.
  if {{has_fixed_limits}} and now() >= {{period_begins}}
    and coalesce(current_setting('holdfast.permit', true), '') = '' and pg_stat_get_xact_tuples_{{verb}}(tg_relid) <= 10000
    and not {{has_own_budget}} then
    statement_id := nextval('holdfast.statement_ids');
    if {{keeps_images}} then
      begin
        insert into holdfast.{{journal}} (holdfast_statement_id, holdfast_changed_at, {{columns}})
        select statement_id, moment, {{changed_columns}} {{changed_rows}};
        get diagnostics changed = row_count;
      exception when others then
        -- A change within its budget never fails because its journal does; the missing images are said so.
        problem := sqlerrm;
        raise warning 'Holdfast: the rows are not in the journal: %', problem;
        select count(*) into changed {{changed_rows}};
      end;
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
        where s.transaction_id = pg_current_xact_id() and s.counts_as = {{root}}::regclass and s.act = {{act}} and s.budget_role = ''
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
        if {{is_within_window}} then
          insert into holdfast.{{statements}} (id, relation, counts_as, table_name, act, transaction_id, changed_at, rows,
            transaction_rows, counted, budget_role, role_name, application_name, client_address, statement, journal_problem)
          values (statement_id, tg_relid, {{root}}::regclass, {{table_name}}, {{act}}, pg_current_xact_id(), moment, changed,
            before + changed, counted, '',
            case current_setting('role') when 'none' then session_user::text else current_setting('role') end,
            nullif(current_setting('application_name'), ''), coalesce(host(inet_client_addr()), 'local'),
            left(current_query(), 2000), problem);
          return null;
        end if;
      end if;
    end if;
    perform holdfast.count_change(tg_relid, {{act}}, statement_id, changed, counted, problem, null, null);
    return null;
  end if;

  select count(*) into changed {{changed_rows}};
  if changed = 0 then
    return null;
  end if;
  statement_id := nextval('holdfast.statement_ids');
  permit := holdfast.find_permit(tg_relid, {{act}});
  if permit.predicate is not null then
    execute format('select count(*) from (select %s) d where (%s) is not true', {{changed_select}}, permit.predicate) into outside;
  end if;
  -- First counted, so that a refused statement writes no images.
  perform holdfast.count_change(tg_relid, {{act}}, statement_id, changed, null, null, permit.id, outside);
  if {{keeps_images}} or {{keeps_by_role}} or permit.id is not null or holdfast.operation_is_open() then
    begin
      if changed > 10000 then
        perform holdfast.assert_journal_has_room(tg_relid, changed);
      end if;
      insert into holdfast.{{journal}} (holdfast_statement_id, holdfast_changed_at, {{columns}})
      select statement_id, moment, {{changed_columns}} {{changed_rows}};
    exception when others then
      problem := sqlerrm;
      raise warning 'Holdfast: the rows are not in the journal: %', problem;
      update holdfast.journal_statements s set journal_problem = problem
      where s.transaction_id = pg_current_xact_id() and s.id = statement_id;
    end;
  end if;
  return null;
end
$body$
