-- purpose:   every target in a line: its newest good archive and proof, what fires, its open incident, its newest finding
-- runs as:   the web's role or any other reader of the control database
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select t.id, t.name, t.kind, t.environment, t.created_at as added_at,
  (p.document -> 'objectives' ->> 'exposureMinutes')::int as exposure_minutes,
  (p.document -> 'objectives' ->> 'proofHours')::int as proof_hours,
  a.taken_at as archive_at, d.finished_at as proven_at,
  coalesce(f.firing, 0)::int as firing, coalesce(f.critical, 0)::int as critical, f.title as alert,
  i.id as incident_id, i.number as incident_number, h.newest_at as checked_at
from targets t
left join lateral (
  select document from policies where target_id = t.id order by version desc limit 1
) p on true
left join lateral (
  select b.taken_at from backups b
  where b.target_id = t.id and b.kind = 'archive' and b.status = 'good' and b.origin = 'holdfast'
  order by b.taken_at desc limit 1
) a on true
left join lateral (
  select d.finished_at from drills d join backups b on b.id = d.backup_id
  where d.target_id = t.id and d.verdict = 'passed' and b.origin = 'holdfast'
  order by d.finished_at desc limit 1
) d on true
left join (
  select target_id, count(*) as firing, count(*) filter (where severity in ('CRITICAL', 'EMERGENCY')) as critical,
    (array_agg(title order by array_position(array['EMERGENCY', 'CRITICAL', 'WARNING'], severity), last_seen_at desc))[1] as title
  from alerts where status = 'firing' and severity <> 'INFO' group by target_id
) f on f.target_id = t.id
left join incidents i on i.target_id = t.id and i.status not in ('resolved', 'closed')
left join lateral (
  select checked_at as newest_at from health_states where target_id = t.id order by checked_at desc limit 1
) h on true
where t.removed_at is null
order by t.kind, t.name
limit 1000
