-- purpose:   the audit chain's functions and the trigger that makes it append-only; safe to run again
-- runs as:   the control database's owner, after every migration
-- locks:     share row exclusive on audit_entries while the triggers are made
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the control database

-- HMAC-SHA256 (RFC 2104) over the key's two padded blocks, so that no extension is needed.
create or replace function holdfast_audit_mac(message text) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select encode(
    sha256(k.outer_pad || sha256(k.inner_pad || convert_to(message, 'UTF8'))), 'hex'
  ) from audit_keys k where k.id = 1
$$;

-- The bytes that are signed: every field in a fixed order, as a JSON array, so that no two entries read alike.
create or replace function holdfast_audit_canonical(entry audit_entries) returns text
language sql stable set search_path = public, pg_temp as $$
  select jsonb_build_array(
    entry.seq, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.actor, entry.action,
    entry.outcome, entry.subject, entry.target, entry.reason, entry.detail, entry.previous_hash
  )::text
$$;

create or replace function holdfast_append_audit(
  actor text, action text, outcome text, subject text, target text, reason text, detail jsonb
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  head audit_head;
  entry audit_entries;
begin
  -- The head row's lock is what makes the sequence gapless: the next append waits for this commit.
  select * into strict head from audit_head where id = 1 for update;
  entry.seq := head.seq + 1;
  entry.at := clock_timestamp();
  entry.actor := actor;
  entry.action := action;
  entry.outcome := outcome;
  entry.subject := subject;
  entry.target := target;
  entry.reason := reason;
  entry.detail := coalesce(detail, '{}'::jsonb);
  entry.previous_hash := head.hash;
  entry.hash := holdfast_audit_mac(holdfast_audit_canonical(entry));
  if entry.hash is null then
    raise exception 'the audit chain has no key' using hint = 'Run: holdfast migrate';
  end if;
  insert into audit_entries select (entry).*;
  update audit_head set seq = entry.seq, hash = entry.hash where id = 1;
  return entry.seq;
end
$$;

create or replace function holdfast_refuse_audit_change() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  raise exception 'the audit is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
end
$$;

create or replace trigger audit_entries_append_only
  before update or delete on audit_entries for each row execute function holdfast_refuse_audit_change();
create or replace trigger audit_entries_no_truncate
  before truncate on audit_entries for each statement execute function holdfast_refuse_audit_change();

-- Recomputes the whole chain in one pass; returns the first sequence number that does not hold, or null.
create or replace function holdfast_verify_audit(out entries bigint, out first_broken bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with chained as (
    select e.seq, e.hash, e.previous_hash,
      lag(e.hash, 1, '') over (order by e.seq) as expected_previous,
      lag(e.seq, 1, 0::bigint) over (order by e.seq) as previous_seq,
      holdfast_audit_mac(holdfast_audit_canonical(e)) as expected_hash
    from audit_entries e
  ), broken as (
    select min(seq) as seq from chained
    where hash is distinct from expected_hash
      or previous_hash is distinct from expected_previous
      or seq <> previous_seq + 1
  ), head as (select h.seq, h.hash from audit_head h where h.id = 1)
  select (select count(*) from audit_entries),
    coalesce(
      (select seq from broken),
      -- A cut tail leaves a chain that holds; the head still knows how long it was.
      (select head.seq from head
       where head.seq <> coalesce((select max(seq) from audit_entries), 0)
          or (head.seq > 0 and head.hash <> (select e.hash from audit_entries e where e.seq = head.seq)))
    )
$$;

-- Nobody but the owner reads the key or calls the signer.
revoke all on table audit_keys from public;
revoke all on function holdfast_audit_mac(text) from public;
