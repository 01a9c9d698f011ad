-- purpose:   what the web's role may not make of accounts, sessions and proofs, whatever SQL it sends; safe to run again
-- runs as:   the control database's owner, after every migration
-- locks:     share row exclusive on users, sessions and step_ups while the triggers are made
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the control database

-- Whoever becomes somebody who may approve, or gets another password, waits 24 hours: only the operator vouches.
create or replace function holdfast_keep_account_rules() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
  waits boolean := coalesce(new.approver_from >= now() + interval '24 hours', true);
  why text;
begin
  if holdfast_acts_as_owner(tg_relid) then
    return new;
  end if;
  if tg_op = 'INSERT' then
    why := case
      when new.password_hash is not null then 'a new person sets the password with the one-time link'
      when not waits then 'a new person approves after 24 hours'
    end;
  else
    why := case
      when (new.id, new.created_at, new.created_by) is distinct from (old.id, old.created_at, old.created_by)
        then 'who a person is does not change'
      when new.session_version < old.session_version then 'ended sessions stay ended'
      when new.approver_from is distinct from old.approver_from and (new.approver_from is null or not waits)
        then 'only the operator vouches for somebody'
      when waits then null
      when new.role <> old.role then 'another role approves after 24 hours'
      when old.disabled_at is not null and new.disabled_at is null then 'who comes back approves after 24 hours'
      when old.password_hash is not null and new.password_hash is distinct from old.password_hash
        then 'another password approves after 24 hours'
      when new.email <> old.email and old.email <> 'first-admin@holdfast.invalid'
        then 'another e-mail approves after 24 hours'
    end;
  end if;
  if why is not null then
    raise exception 'user %: refused to %: %', new.email, current_user, why using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create or replace trigger users_rules
  before insert or update on users for each row execute function holdfast_keep_account_rules();

create or replace function holdfast_keep_session_rules() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  if holdfast_acts_as_owner(tg_relid) then
    return new;
  end if;
  if new.expires_at > now() + interval '12 hours' or new.last_seen_at > now() or new.created_at > now()
    or tg_op = 'UPDATE' and (
      (new.id, new.user_id, new.session_version, new.created_at, new.expires_at)
        is distinct from (old.id, old.user_id, old.session_version, old.created_at, old.expires_at)
      or old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
  then
    raise exception 'session: refused to %: it ends when it ends, and stays its person’s', current_user
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create or replace trigger sessions_rules
  before insert or update on sessions for each row execute function holdfast_keep_session_rules();

-- A proof is of the moment it is written, by the person of the session.
create or replace function holdfast_keep_proof_rules() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  if holdfast_acts_as_owner(tg_relid) then
    return new;
  end if;
  new.proved_at := now();
  if not exists (select from sessions s where s.id = new.session_id and s.user_id = new.user_id and s.revoked_at is null) then
    raise exception 'proof: refused to %: no such session', current_user using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create or replace trigger step_ups_rules
  before insert on step_ups for each row execute function holdfast_keep_proof_rules();
