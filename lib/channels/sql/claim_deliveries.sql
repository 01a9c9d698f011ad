-- purpose:   gives this sender messages to send: due, in each problem's order, within each channel's pace; counts the try
-- runs as:   the control database's owner or the web processes' role, with holdfast.sender, holdfast.paces and holdfast.delivery_id set
-- locks:     the rows it takes; those that another sender is taking are passed over
-- versions:  PostgreSQL 14 and later
-- undone by: the lease, which ends by itself

with room as (
  select
    channel.id,
    coalesce((current_setting('holdfast.paces')::jsonb ->> channel.kind)::integer, 10) - recent.tries as left_over,
    recent.digests = 0 as digest_is_free,
    4 - busy.sending as places
  from public.channels channel
  cross join lateral (
    select
      count(*)::integer as tries,
      (count(*) filter (where delivery.kind = 'digest'))::integer as digests
    from public.delivery_attempts attempt
    join public.deliveries delivery on delivery.id = attempt.delivery_id
    where attempt.channel_id = channel.id and attempt.started_at > now() - interval '1 minute'
  ) recent
  cross join lateral (
    select count(*)::integer as sending
    from public.deliveries delivery
    where delivery.channel_id = channel.id and delivery.status = 'sending' and delivery.lease_until > now()
  ) busy
),
due as (
  select
    delivery.id,
    row_number() over (
      partition by delivery.channel_id
      order by delivery.kind in ('test', 'digest') desc, delivery.seq
    ) as place
  from public.deliveries delivery
  where delivery.next_attempt_at <= now()
    and (delivery.status = 'queued' or delivery.status = 'sending' and delivery.lease_until < now())
    -- What was filed first about one problem is sent first, or given up first; a digest stands for all before it.
    and not exists (
      select from public.deliveries earlier
      where earlier.channel_id = delivery.channel_id
        and earlier.seq < delivery.seq
        and earlier.status in ('queued', 'sending')
        and (earlier.message ->> 'problemKey' = delivery.message ->> 'problemKey' or earlier.kind = 'digest')
        and delivery.kind <> 'test'
    )
),
chosen as (
  select delivery.id
  from public.deliveries delivery
  join due on due.id = delivery.id
  join room on room.id = delivery.channel_id
  where (delivery.status = 'queued' or delivery.status = 'sending' and delivery.lease_until < now())
    and (current_setting('holdfast.delivery_id') = '' or delivery.id::text = current_setting('holdfast.delivery_id'))
    and due.place <= room.places
    and (due.place <= room.left_over or delivery.kind = 'test' or delivery.kind = 'digest' and room.digest_is_free)
  order by delivery.seq
  limit 16
  for update of delivery skip locked
),
taken as (
  update public.deliveries delivery
  set status = 'sending', attempts = delivery.attempts + 1, lease_until = now() + interval '45 seconds'
  from chosen
  where delivery.id = chosen.id
  returning delivery.id, delivery.channel_id, delivery.attempts
)
insert into public.delivery_attempts (delivery_id, channel_id, attempt, sender)
select taken.id, taken.channel_id, taken.attempts, current_setting('holdfast.sender')
from taken
returning id as "attemptId", delivery_id as "deliveryId", attempt
