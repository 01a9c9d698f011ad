-- purpose:   whether an approved operation opened a permit in this transaction
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.has_permit() returns boolean
language sql stable security definer set search_path = '' as $body$
  select exists (
    select from holdfast.permits p
    where p.transaction_id = pg_current_xact_id_if_assigned() and p.transaction_started = now()
  )
$body$;
revoke all on function holdfast.has_permit() from public;
