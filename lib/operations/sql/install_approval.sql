-- purpose:   the one way an approval by a person is written, for every door; safe to run again
-- runs as:   the control database's owner, after every migration
-- locks:     none; a call locks the operation's row, the approver's and the installation's until it commits
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the control database

-- Who approves follows from the session alone, never from what the caller says. Returns the mode of the approval, or null
-- when nothing waits for it (any more); raises for whoever may not give it. No approval without its event and its audit.
create or replace function holdfast_approve_operation(
  operation_id uuid, plan_fingerprint text, approver_session uuid
) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  operation operations;
  approver users;
  mode text := 'two-person';
  waits interval := interval '0';
  refused text;
begin
  select o.* into operation from operations o where o.id = operation_id for update;
  select u.* into approver
  from sessions s join users u on u.id = s.user_id
  where s.id = approver_session and s.revoked_at is null and u.disabled_at is null
    and s.session_version = u.session_version
    and s.expires_at > now() and s.last_seen_at > now() - interval '30 minutes'
  for share of u;
  if operation.requested_by_user_id = approver.id then
    mode := 'solo';
    waits := interval '15 minutes';
    perform from installation i where i.one = 1 for share;
  end if;
  refused := case
    when operation.id is null then 'there is no such operation'
    when approver.id is null then 'the session has ended'
    when approver.role not in ('admin', 'commander') then 'this role may not approve'
    when coalesce(approver.approver_from > now(), true) then 'this account may not approve yet'
    when plan_fingerprint is distinct from operation.fingerprint then 'this is not the plan'
    when operation.planned_at > now() then 'the clock was set back'
    when mode = 'solo' and not holdfast_solo_holds(now()) then 'nobody approves their own request'
    when not exists (select from step_ups p
      where p.session_id = approver_session and p.user_id = approver.id
        and p.bound_to = 'operation:' || operation.id || ':' || operation.fingerprint
        and p.proved_at > now() - interval '5 minutes' and p.proved_at <= clock_timestamp())
      then 'nobody confirmed to be the person who approves'
  end;
  if refused is not null then
    raise exception 'approval refused: %', refused using errcode = 'insufficient_privilege';
  end if;

  -- A second person may take the place of one who approved alone and waits; then nobody has to wait any more.
  if not coalesce(
    operation.status = 'awaiting-approval' and operation.approve_by > now()
    or operation.status = 'approved' and operation.approval_mode = 'solo' and mode = 'two-person'
      and operation.run_by > now() and holdfast_solo_holds(operation.approved_at), false)
  then
    return null;
  end if;

  update operations o set
    status = 'approved', approval_mode = mode, approved_by_user_id = approver.id,
    approved_fingerprint = plan_fingerprint, approved_at = now(),
    run_from = case mode when 'solo' then now() + waits end,
    run_by = now() + waits + interval '15 minutes'
  where o.id = operation.id;
  insert into operation_events (operation_id, status, actor, note)
  values (operation.id, 'approved', 'user:' || approver.email, case
    when mode = 'solo' then 'Approved alone, in solo mode. It may run in 15 minutes; until then anybody may refuse it.'
    when operation.status = 'approved' then 'Approved by a second person: nobody has to wait any more.'
    else 'Approved exactly this plan.' end);
  perform holdfast_append_audit(
    'user:' || approver.email, 'operations.approve', 'done', 'operation:' || operation.id,
    (select t.name from targets t where t.id = operation.target_id), operation.reason,
    jsonb_build_object('fingerprint', plan_fingerprint, 'requestedBy', operation.requested_by, 'approvalMode', mode)
  );
  return mode;
end
$$;

revoke all on function holdfast_approve_operation(uuid, text, uuid) from public;
