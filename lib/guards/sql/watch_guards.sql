-- purpose:   what the guards saw since the last look: deletes by transaction and table, refused attempts, attempt counters
-- runs as:   watch; one statement, one snapshot
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 every transaction before this one was read; $2 refused attempts recorded before this were read
select
  now() as "lookedAt",
  -- Transactions before this one have ended: what they deleted is visible now or never will be.
  pg_snapshot_xmin(pg_current_snapshot())::text as "nextTransaction",
  (
    select coalesce(jsonb_agg(to_jsonb(d)), '[]')
    from (
      select s.transaction_id::text as "transactionId", s.table_name as "table", s.act, min(s.changed_at) as at, sum(s.rows) as rows,
        count(*) as statements, max(s.rows) as "largestStatementRows", max(s.permit_id::text) as "permitId", min(s.role_name) as "roleName", min(s.application_name) as "applicationName",
        min(s.client_address) as "clientAddress", (array_agg(s.statement order by s.id))[1] as statement,
        min(s.operation_id) as "operationId", min(s.exceeded) as exceeded, min(s.journal_problem) as "journalProblem"
      from holdfast.journal_statements s
      where s.transaction_id >= $1::xid8
      group by s.transaction_id, s.table_name, s.act
      order by s.transaction_id
      limit 2000
    ) d
  ) as deletes,
  (
    select coalesce(jsonb_agg(to_jsonb(a)), '[]')
    from (
      select r.attempted_at as at, r.table_name as "table", r.attempt, r.rows, r.exceeded, r.role_name as "roleName",
        r.application_name as "applicationName", r.client_address as "clientAddress", r.transaction_id as "transactionId",
        r.statement, to_jsonb(r) ->> 'act' as act -- guards of before have no such column
      from holdfast.refused_attempts r
      where r.recorded_at >= $2::timestamptz and r.exceeded <> 'test'
      order by r.recorded_at
      limit 2000
    ) a
  ) as attempts,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'table', g.table_name, 'guardedAt', extract(epoch from g.guarded_at)::bigint,
      'attempt', coalesce(pg_sequence_last_value(g.attempts), 0), 'lastAt', coalesce(pg_sequence_last_value(g.last_attempt) >> 21, 0), 'lastRows', coalesce(pg_sequence_last_value(g.last_attempt) & 2097151, 0)
    )), '[]')
    from holdfast.guarded_tables g where g.relation = g.counts_as
  ) as counters
