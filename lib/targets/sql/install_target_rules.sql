-- purpose:   what the web's role may not make of a target, whatever SQL it sends; a removed target's credentials go; safe to run again
-- runs as:   the control database's owner, after every migration
-- locks:     share row exclusive on targets while the triggers are made
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the control database

-- A target's environment says whether an operation takes a second person, and its place which database that is.
create or replace function holdfast_keep_target_rules() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  if holdfast_acts_as_owner(tg_relid) then
    return new;
  end if;
  if tg_op = 'INSERT' or to_jsonb(new) - 'removed_at' is distinct from to_jsonb(old) - 'removed_at'
    or old.removed_at is not null
    -- A removal long ago would no longer count as production.
    or new.removed_at is distinct from now()
  then
    raise exception 'target %: refused to %: the web only removes it', new.name, current_user
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create or replace trigger targets_rules
  before insert or update on targets for each row execute function holdfast_keep_target_rules();

-- Whoever removes a target, also without the right to its credentials, leaves none behind.
create or replace function holdfast_forget_credentials() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from target_credentials where target_id = new.id;
  return null;
end
$$;

create or replace trigger targets_removed
  after update of removed_at on targets for each row
  when (new.removed_at is not null) execute function holdfast_forget_credentials();
