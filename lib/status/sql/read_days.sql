-- purpose:   the evidence of each day for the public history of some targets: checks that ran, grave findings, unreachable
-- runs as:   any role that reads the control database
-- locks:     none beyond those of reading
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; it changes nothing

with days as (
  select
    d.target_id,
    (d.at at time zone 'UTC')::date as day,
    sum(d.runs)::int as runs,
    sum(d.no_data)::int as no_data
  from health_days d
  where d.target_id = any($1::uuid[]) and d.at >= $2::timestamptz
  group by 1, 2
),
turns as (
  select
    t.target_id, t.at, t.status, t.severity,
    lead(t.at, 1, now()) over (partition by t.target_id, t."check" order by t.at) as until
  from health_turns t
  where t.target_id = any($1::uuid[])
),
grave as (
  select distinct t.target_id, day::date as day
  from turns t
  cross join lateral generate_series(
    date_trunc('day', greatest(t.at, $2::timestamptz) at time zone 'UTC'),
    t.until at time zone 'UTC',
    interval '1 day'
  ) day
  where t.status = 'unhealthy' and t.severity in ('CRITICAL', 'EMERGENCY') and t.until > $2::timestamptz
),
down as (
  select distinct a.target_id, day::date as day
  from alerts a
  cross join lateral generate_series(
    date_trunc('day', greatest(a.first_seen_at, $2::timestamptz) at time zone 'UTC'),
    coalesce(a.resolved_at, now()) at time zone 'UTC',
    interval '1 day'
  ) day
  where a.target_id = any($1::uuid[])
    and a.fingerprint = 'target:unreachable'
    and coalesce(a.resolved_at, now()) > $2::timestamptz
)
select
  days.target_id as "targetId",
  to_char(days.day, 'YYYY-MM-DD') as day,
  days.runs,
  days.no_data as "noData",
  (grave.target_id is not null) as "wasGrave",
  (down.target_id is not null) as "wasDown"
from days
left join grave on grave.target_id = days.target_id and grave.day = days.day
left join down on down.target_id = days.target_id and down.day = days.day
