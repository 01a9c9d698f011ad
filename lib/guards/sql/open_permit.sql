-- purpose:   lets the current transaction, and no other, pass the guards for an approved operation
-- runs as:   guard owner; nobody else may call it but the restore role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.open_permit(operation_id text) returns void
language sql security definer set search_path = '' as $body$
  insert into holdfast.permits (kind, operation_id, transaction_id, transaction_started, opened_by, opened_at)
  select 'operation', open_permit.operation_id, pg_current_xact_id(), now(), session_user, clock_timestamp()
  -- As operation_is_open says it, which may be the part of the guard that is to be repaired.
  where not exists (
    select from holdfast.permits p
    where p.kind = 'operation' and p.transaction_id = pg_current_xact_id() and p.transaction_started = now()
  );
  -- A hint for the triggers' short way; the row above is what counts.
  select set_config('holdfast.permit', 'on', true)
$body$;
revoke all on function holdfast.open_permit(text) from public;
