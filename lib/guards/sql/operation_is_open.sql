-- purpose:   whether this is the transaction of an approved operation, which passes every guard
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.operation_is_open() returns boolean
language plpgsql stable security definer set search_path = '' as $body$
begin
  -- The start time is compared too: after a restore into another cluster, transaction ids repeat.
  return exists (
    select from holdfast.permits p
    where p.kind = 'operation' and p.transaction_id = pg_current_xact_id_if_assigned() and p.transaction_started = now()
  );
end
$body$;
revoke all on function holdfast.operation_is_open() from public;
