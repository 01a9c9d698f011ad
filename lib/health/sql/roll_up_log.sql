-- purpose:   makes minutes, hours, days and turns of one target anew from its log, since a moment
-- runs as:   the control database's owner
-- locks:     row locks on what is rolled up
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; the log is the source
--
-- $1 target; $2 since when. The minutes of the last two days only.
with look as materialized (
  select * from health_log where target_id = $1::uuid and checked_at >= date_trunc('day', $2::timestamptz, 'UTC')
), minutes as (
  insert into health_minutes
  select target_id, "check", date_trunc('minute', checked_at, 'UTC'), count(*),
    count(*) filter (where status = 'unhealthy'), count(*) filter (where status = 'no-data'),
    count(measured), min(measured), max(measured), sum(measured),
    (array_agg(measured order by checked_at desc) filter (where measured is not null))[1],
    max(checked_at) filter (where measured is not null)
  from look where checked_at >= date_trunc('day', now() - interval '1 day', 'UTC') group by 1, 2, 3
  on conflict (target_id, "check", at) do update set runs = excluded.runs, unhealthy = excluded.unhealthy,
    no_data = excluded.no_data, measured_runs = excluded.measured_runs, lowest = excluded.lowest, highest = excluded.highest,
    total = excluded.total, last = excluded.last, last_at = excluded.last_at
), hours as (
  insert into health_hours
  select target_id, "check", date_trunc('hour', checked_at, 'UTC'), count(*),
    count(*) filter (where status = 'unhealthy'), count(*) filter (where status = 'no-data'),
    count(measured), min(measured), max(measured), sum(measured),
    (array_agg(measured order by checked_at desc) filter (where measured is not null))[1],
    max(checked_at) filter (where measured is not null)
  from look group by 1, 2, 3
  on conflict (target_id, "check", at) do update set runs = excluded.runs, unhealthy = excluded.unhealthy,
    no_data = excluded.no_data, measured_runs = excluded.measured_runs, lowest = excluded.lowest, highest = excluded.highest,
    total = excluded.total, last = excluded.last, last_at = excluded.last_at
), days as (
  insert into health_days
  select target_id, "check", date_trunc('day', checked_at, 'UTC'), count(*),
    count(*) filter (where status = 'unhealthy'), count(*) filter (where status = 'no-data'),
    count(measured), min(measured), max(measured), sum(measured),
    (array_agg(measured order by checked_at desc) filter (where measured is not null))[1],
    max(checked_at) filter (where measured is not null)
  from look group by 1, 2, 3
  on conflict (target_id, "check", at) do update set runs = excluded.runs, unhealthy = excluded.unhealthy,
    no_data = excluded.no_data, measured_runs = excluded.measured_runs, lowest = excluded.lowest, highest = excluded.highest,
    total = excluded.total, last = excluded.last, last_at = excluded.last_at
), followed as (
  select l.*, lag(l.status) over following as status_before, lag(l.severity) over following as severity_before
  from look l window following as (partition by l."check" order by l.checked_at)
)
insert into health_turns
  (target_id, "check", at, area, title, status_before, severity_before, status, severity, affected, details)
select f.target_id, f."check", f.checked_at, split_part(f."check", '.', 1), coalesce(s.title, f."check"),
  f.status_before, f.severity_before, f.status, f.severity, f.affected, f.details
from followed f left join health_states s on s.target_id = f.target_id and s."check" = f."check"
where f.status is distinct from f.status_before or f.severity is distinct from f.severity_before
