-- purpose:   what the web's role may not make of an operation, whatever SQL it sends; safe to run again
-- runs as:   the control database's owner, after every migration
-- locks:     share row exclusive on operations while the trigger is made
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the control database

-- True for the owner, and inside the functions below that run with the owner's rights; false for the web's role.
create or replace function holdfast_acts_as_owner(relation oid) returns boolean
language sql stable set search_path = public, pg_temp as $$
  select pg_has_role(current_user, c.relowner, 'usage') from pg_class c where c.oid = relation
$$;

-- An approval by one person counts while solo mode has been on without a break since it was given.
create or replace function holdfast_solo_holds(since timestamptz) returns boolean
language sql stable set search_path = public, pg_temp as $$
  select coalesce((select i.solo_mode and i.solo_since <= since from installation i where i.one = 1), false)
$$;

create or replace function holdfast_keep_operation_rules() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
  changed text[];
  why text;
begin
  if holdfast_acts_as_owner(tg_relid) then
    return new;
  end if;
  if tg_op = 'INSERT' then
    why := case
      when new.status <> 'requested' then 'a new operation is only requested'
      when not new.needs_approval or new.approval_mode <> 'two-person' then 'the plan says whether it needs approval'
      when num_nonnulls(new.plan, new.fingerprint, new.planned_at, new.approve_by, new.approved_by_user_id,
        new.approved_fingerprint, new.approved_at, new.run_from, new.run_by, new.run_begun_by, new.started_at,
        new.finished_at, new.safety_backup_id, new.result, new.error, new.run_job_run_id) > 0
        then 'a new operation has neither plan nor approval nor result'
      when not exists (select from users u
        where u.id = new.requested_by_user_id and new.requested_by = 'user:' || u.email and u.disabled_at is null)
        then 'it is requested by the person whose name it bears'
    end;
  else
    changed := array(
      select after.key from jsonb_each(to_jsonb(new)) after
      where after.value is distinct from to_jsonb(old) -> after.key
    );
    why := case
      when old.status in ('succeeded', 'failed', 'refused', 'expired', 'cancelled') then 'it has ended'
      when new.status = old.status then
        case
          when changed <@ '{plan_job_run_id,undoes_operation_id}' and old.status = 'requested'
            and (old.plan_job_run_id is null or not 'plan_job_run_id' = any (changed))
            and (old.undoes_operation_id is null or not 'undoes_operation_id' = any (changed)) then null
          when changed <@ '{run_job_run_id}' and old.status = 'running' and old.run_job_run_id is null then null
          else 'what was requested, planned and approved stays as it is'
        end
      when new.status in ('cancelled', 'refused') then
        case
          when old.status not in ('requested', 'planned', 'awaiting-approval', 'approved') then 'it has begun'
          when not changed <@ '{status,finished_at,error}' then 'ending it changes nothing else'
        end
      when old.status = 'approved' and new.status = 'running' then
        case
          when not changed <@ '{status,run_begun_by,started_at}' then 'beginning it changes nothing else'
          when coalesce(new.run_by <= now(), true) then 'the time to run it is over'
          when new.run_from > now() then 'it has to wait'
          when new.approved_at > now() or new.planned_at > now() then 'the clock was set back'
          when new.needs_approval and new.approved_fingerprint is distinct from new.fingerprint
            then 'nobody approved this plan'
          when new.approval_mode = 'solo' and not holdfast_solo_holds(new.approved_at) then 'solo mode is off'
          when new.needs_approval and new.approval_mode <> 'break-glass' and not exists (select from users u
            where u.id = new.approved_by_user_id and u.disabled_at is null and u.role in ('admin', 'commander'))
            then 'whoever approved it may not approve any more'
          when not exists (select from step_ups p join users u on u.id = p.user_id
            where new.run_begun_by = 'user:' || u.email and p.proved_at > now() - interval '5 minutes'
              and p.bound_to = 'operation:' || new.id || ':' || new.fingerprint)
            then 'nobody confirmed to be the person who begins it'
        end
      else 'only an approval function and the worker may do that'
    end;
  end if;
  if why is not null then
    raise exception 'operation %: refused to %: %', new.id, current_user, why using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create or replace trigger operations_rules
  before insert or update on operations for each row execute function holdfast_keep_operation_rules();
