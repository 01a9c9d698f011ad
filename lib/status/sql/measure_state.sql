-- purpose:   everything that machines ask of Holdfast's state, in one reading: protection, checks, alerts, work, messages
-- runs as:   any role that reads the control database
-- locks:     none beyond those of reading
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; it changes nothing

select jsonb_build_object(
  'at', now(),
  'targets', (
    select coalesce(jsonb_agg(to_jsonb(each) order by each.name), '[]')
    from (
      select
        t.id, t.name, t.environment, t.kind, t.status as reach,
        (select p.document from policies p where p.target_id = t.id order by p.version desc limit 1)
          #>> '{schedules,health}' as "healthSchedule",
        (
          select max(b.taken_at) from backups b
          where b.target_id = t.id and b.kind = 'archive' and b.status = 'good'
        ) as "archiveAt",
        (
          select max(b.taken_at) from backups b
          where b.target_id = t.id and b.kind = 'snapshot' and b.status = 'good' and b.purpose <> 'safety'
        ) as "snapshotAt",
        drill."provenAt", drill."recoveryMs",
        checks.*
      from targets t
      left join lateral (
        select d.finished_at as "provenAt", d.recovery_ms as "recoveryMs"
        from drills d join backups b on b.id = d.backup_id and b.origin = 'holdfast'
        where d.target_id = t.id and d.verdict = 'passed'
        order by d.finished_at desc
        limit 1
      ) drill on true
      cross join lateral (
        select
          max(s.checked_at) as "checkedAt",
          coalesce(
            (
              select jsonb_agg(jsonb_build_object('area', area, 'status', status, 'severity', severity, 'count', count))
              from (
                select s2.area, s2.status, s2.severity, count(*)
                from health_states s2 where s2.target_id = t.id
                group by s2.area, s2.status, s2.severity
              ) grouped
            ),
            '[]'
          ) as checks
        from health_states s where s.target_id = t.id
      ) checks
      where t.removed_at is null
    ) each
  ),
  'alerts', (
    select coalesce(jsonb_agg(to_jsonb(each)), '[]')
    from (
      select target_id as "targetId", severity, status, count(*)
      from alerts where status <> 'resolved'
      group by target_id, severity, status
    ) each
  ),
  'incidents', (
    select coalesce(jsonb_agg(to_jsonb(each)), '[]')
    from (
      select severity, count(*) from incidents where status not in ('resolved', 'closed') group by severity
    ) each
  ),
  'queue', (
    select coalesce(jsonb_agg(to_jsonb(each)), '[]')
    from (
      select kind, status, count(*), min(created_at) as "oldestAt"
      from job_runs where status in ('queued', 'running')
      group by kind, status
    ) each
  ),
  'outcomes', (
    select coalesce(jsonb_agg(to_jsonb(each)), '[]')
    from (
      select kind, status, count(*)
      from job_runs
      where status in ('succeeded', 'failed', 'cancelled') and created_at > now() - interval '1 day'
      group by kind, status
    ) each
  ),
  'deliveries', (
    select coalesce(jsonb_agg(to_jsonb(each)), '[]')
    from (
      select c.kind, d.status, count(*)
      from deliveries d join channels c on c.id = d.channel_id
      where d.created_at > now() - interval '1 day' or d.status in ('queued', 'sending')
      group by c.kind, d.status
    ) each
  ),
  'workers', (
    select coalesce(jsonb_agg(jsonb_build_object('seenAt', seen_at, 'running', running) order by seen_at desc), '[]')
    from (
      select seen_at, running from worker_heartbeats order by seen_at desc limit 20
    ) newest
  )
) as state
