-- purpose:   the one statement with which a session takes its deletion permit: binds it to the current transaction
-- runs as:   guard owner; called by the permit's role
-- locks:     the permit's own row, until the transaction ends; of two sessions with one secret the second does not wait
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.use_permit(secret text) returns text
language plpgsql security definer set search_path = '' as $body$
declare
  permit holdfast.permits;
  guarded holdfast.guarded_tables;
  who record;
begin
  select * into who from holdfast.describe_session();
  select p.* into permit from holdfast.permits p
  where p.kind = 'deletion' and p.secret_hash = sha256(convert_to(use_permit.secret, 'UTF8'))
  for update skip locked;

  if permit.transaction_id = pg_current_xact_id_if_assigned() and permit.transaction_started = now() then
    return holdfast.describe_permit(permit);
  end if;

  if permit.id is not null and permit.transaction_id is null and permit.role_name in (who.role_name, session_user)
    and clock_timestamp() >= permit.opens_at and clock_timestamp() < permit.expires_at
    and not exists (
      select from holdfast.permits o
      where o.kind = 'deletion' and o.transaction_id = pg_current_xact_id_if_assigned() and o.transaction_started = now()
        and o.counts_as = permit.counts_as and o.act = permit.act
    )
  then
    update holdfast.permits p
    set transaction_id = pg_current_xact_id(), transaction_started = now(), opened_by = who.role_name, opened_at = clock_timestamp()
    where p.id = permit.id;
    -- A hint for the triggers' short way; the row above is what counts.
    perform set_config('holdfast.permit', 'on', true);
    return holdfast.describe_permit(permit);
  end if;

  -- Evidence goes to the table where it is known which one; what the session is told is the same in every case.
  select g.* into guarded from holdfast.guarded_tables g where g.relation = permit.counts_as;
  if found then
    perform setval(guarded.last_attempt, (extract(epoch from clock_timestamp()) * 1000)::bigint << 21);
    perform holdfast.record_attempt(guarded.table_name, nextval(guarded.attempts), null, 'permit');
  else
    perform holdfast.record_attempt('(no such permit)', (extract(epoch from clock_timestamp()) * 1000)::bigint, null, 'permit');
  end if;
  raise exception using errcode = 'HF005',
    message = 'Holdfast: this permit cannot be used',
    detail = format('Role %s, application %s, from %s; it is on record.',
      who.role_name, coalesce(who.application_name, '(no name)'), who.client_address),
    hint = 'It is unknown, used, in use by another transaction, expired, withdrawn, or made for another role. '
      'See it with: holdfast permits list NAME';
end
$body$;
revoke all on function holdfast.use_permit(text) from public;
