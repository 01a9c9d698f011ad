-- purpose:   makes this transaction the only one that takes memberships of these users, or owners of these organisations, away
-- runs as:   guard owner; called by the orphaning rule's triggers before they look at what is left
-- locks:     these rows of membership_locks, in order, until the transaction ends
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
$body$
begin
  if now() < clock_timestamp() - interval '1 day' and current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = '40001',
      message = 'Holdfast: this transaction sees the database as it was more than a day ago, and cannot tell whether others took memberships since',
      hint = 'Repeat it in a new transaction.';
  end if;
  insert into holdfast.membership_locks as l (key, touched_by, touched_at)
  select k.key, pg_current_xact_id(), now()
  from (
    select distinct hashtextextended(u.key, hashtextextended(touch_membership_locks.rule || '/' || touch_membership_locks.kind, 0)) as key
    from unnest(touch_membership_locks.keys) u (key)
  ) k
  order by k.key
  on conflict on constraint membership_locks_pkey do update
    set touched_by = excluded.touched_by, touched_at = excluded.touched_at, idle_since = null
    -- Once in a transaction is enough. The time is compared too: after a restore into another cluster, transaction ids repeat.
    where (l.touched_by, l.touched_at) is distinct from (excluded.touched_by, excluded.touched_at) or l.idle_since is not null;
end
$body$
