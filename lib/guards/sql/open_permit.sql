-- purpose:   lets the current transaction, and no other, delete beyond the budgets for an approved operation
-- runs as:   guard owner; nobody else may call it but the restore role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.open_permit(operation_id text) returns void
language sql security definer set search_path = '' as $body$
  insert into holdfast.permits (transaction_id, transaction_started, operation_id, opened_by)
  values (pg_current_xact_id(), now(), operation_id, session_user)
  on conflict (transaction_id) do update
    set transaction_started = excluded.transaction_started, operation_id = excluded.operation_id, opened_by = excluded.opened_by
$body$;
revoke all on function holdfast.open_permit(text) from public;
