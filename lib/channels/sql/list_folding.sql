-- purpose:   the messages of channels that have sent as many as they may within a minute: what becomes one digest each
-- runs as:   the control database's owner or the web processes' role, with holdfast.paces and holdfast.digests set
-- locks:     the rows it lists; those that a sender is taking are passed over
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo: it only reads

with full_channels as (
  select channel.id
  from public.channels channel
  where current_setting('holdfast.digests')::jsonb ? channel.kind
    and (current_setting('holdfast.paces')::jsonb ->> channel.kind)::integer <= (
      select count(*) from public.delivery_attempts attempt
      where attempt.channel_id = channel.id and attempt.started_at > now() - interval '1 minute'
    )
)
select delivery.id, delivery.channel_id as "channelId", delivery.message
from public.deliveries delivery
join full_channels on full_channels.id = delivery.channel_id
where delivery.status = 'queued' and delivery.attempts = 0 and delivery.kind not in ('test', 'digest')
  and delivery.next_attempt_at <= now()
order by delivery.seq
for update of delivery skip locked
