-- purpose:   checks a change and records its statement, for triggers that do not record it themselves
-- runs as:   guard owner; called by the agents' triggers only
-- locks:     none that others wait for
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
--
-- Guards of before had one argument more.
drop function if exists holdfast.count_change(regclass, text, bigint, bigint, bigint, text, uuid, bigint);
create or replace function holdfast.count_change(
  relation regclass, act text, statement_id bigint, rows bigint, journal_problem text,
  permit_id uuid, rows_outside bigint
) returns void
language plpgsql security definer set search_path = '' as $body$
#variable_conflict use_variable
declare
  verdict record;
  who record;
begin
  select * into verdict from holdfast.check_change(relation, act, rows, null, permit_id, rows_outside);
  select * into who from holdfast.describe_session();
  insert into holdfast.journal_statements (id, relation, counts_as, table_name, act, transaction_id, changed_at, rows,
    transaction_rows, counted, budget_role, role_name, application_name, client_address, statement, exceeded, operation_id,
    permit_id, journal_problem)
  select statement_id, g.relation, g.counts_as, g.table_name, act, pg_current_xact_id(), clock_timestamp(), rows,
    verdict.transaction_rows, verdict.total, verdict.budget_role, who.role_name, who.application_name, who.client_address,
    who.statement, verdict.exceeded, verdict.operation_id, permit_id, journal_problem
  from holdfast.guarded_tables g where g.relation = count_change.relation;
end
$body$;
revoke all on function holdfast.count_change(regclass, text, bigint, bigint, text, uuid, bigint) from public;
