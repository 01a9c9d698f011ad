-- purpose:   two weeks of health log and row counts for the demo, shaped after its first real run
-- runs as:   the control database's owner
-- locks:     none that matter
-- versions:  PostgreSQL 14 and later
-- undone by: removing the target
--
-- $1 target id; $2 [{at, table, rows}] from row_history.sql; $3 the check that was unhealthy on one afternoon nine days ago
with counted as materialized (
  select r.at, r."table", r.rows, 'rows.count:' || r."table" as "check"
  from jsonb_to_recordset($2::jsonb) as r (at timestamptz, "table" text, rows bigint)
), moment as (
  select at, row_number() over (order by at) as n from (select distinct at from counted) m
), newest as (
  select * from health_states where target_id = $1::uuid and status = 'healthy'
), past as (
  select m.at, f.*, c.rows as counted,
    -- Between -0.5 and 0.5, the same on every machine.
    (hashtext(f."check" || m.n) & 1023) / 1023.0 - 0.5 as jitter,
    f."check" = $3 and m.at between date_trunc('day', now(), 'UTC') - interval '9 days' + interval '13 hours'
      and date_trunc('day', now(), 'UTC') - interval '9 days' + interval '14 hours 40 minutes' as ill
  from moment m cross join newest f
  left join counted c on c.at = m.at and c."check" = f."check"
), logged as (
  insert into health_log (target_id, checked_at, "check", status, severity, affected, measured, details, remedy, samples, duration_ms)
  select target_id, at, "check",
    case when ill then 'unhealthy' else status end,
    case when ill then 'CRITICAL' else severity end,
    case when ill then 3 else affected end,
    case
      when ill then 3
      when counted is not null then counted
      when area = 'server' and measured is not null then
        case when measured = round(measured) then round(measured * (1 + jitter)) else measured * (1 + 0.6 * jitter) end
      else measured
    end,
    case
      when ill then '3 of 320 living users have only inactive memberships.'
      when counted is not null then counted || ' rows.'
      when area = 'server' then title || '.'
      else details
    end,
    remedy, samples, duration_ms * (1 + 0.8 * jitter)
  from past
  returning 1
), counts as (
  insert into row_counts (target_id, table_name, counted_at, rows)
  select $1::uuid, c."table", c.at, c.rows from counted c
  returning 1
), aged as (
  -- What was ill is healthy since the first look after it.
  update health_states s set since = (
    select min(p.at) from past p where p."check" = s."check" and p.at > coalesce(
      (select max(i.at) from past i where i."check" = s."check" and i.ill), '-infinity')
  )
  where target_id = $1::uuid and status = 'healthy' returning 1
)
select (select count(*) from logged) as logged, (select count(*) from counts) as counted, (select count(*) from aged) as aged
