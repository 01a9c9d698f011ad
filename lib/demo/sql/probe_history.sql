-- purpose:   two weeks of probe measurements for the demo, around its first real ones
-- runs as:   the control database's owner
-- locks:     none that matter
-- versions:  PostgreSQL 14 and later
-- undone by: removing the target
--
-- $1 target id; $2 the probe that was slow on one morning five days ago
with measured as (
  select probe, min(category) as category, min(median_ms) as median_ms, min(p95_ms) as p95_ms
  from probe_measurements where target_id = $1::uuid and median_ms is not null group by probe
), moment as (
  select generate_series(now() - interval '14 days', now() - interval '1 day 30 minutes', '2 hours') as at
  union all
  select generate_series(now() - interval '1 day', now() - interval '15 minutes', '20 minutes')
), past as (
  select m.*, t.at,
    (hashtext(m.probe || extract(epoch from t.at)::bigint) & 1023) / 1023.0 - 0.5 as jitter,
    -- Salons are busy from noon to six.
    case when extract(hour from t.at) between 10 and 17 then 1.08 else 1 end as load,
    m.probe = $2 and t.at between date_trunc('day', now(), 'UTC') - interval '5 days' + interval '7 hours'
      and date_trunc('day', now(), 'UTC') - interval '5 days' + interval '12 hours' as ill
  from measured m cross join moment t
), timed as (
  select *, median_ms * load * (1 + 0.5 * jitter) * case when ill then 3.4 else 1 end as took from past
)
insert into probe_measurements (target_id, probe, category, measured_at, median_ms, p95_ms, runs, verdict, change_percent)
select $1::uuid, probe, category, at, took, took * (1.2 + 0.3 * abs(jitter)) + (p95_ms - median_ms) * 0.5, 9,
  case when ill then 'critical' else 'normal' end, 100 * (took / median_ms - 1)
from timed order by at
