-- purpose:   a health log of any size for the bench: eighty checks, a run a minute, in each target
-- runs as:   the owner of a control database that is gone afterwards
-- locks:     none that matter
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database

create function bench_target(name text, minutes int) returns uuid language plpgsql as $$
declare
  target uuid;
  day timestamptz;
  begins timestamptz := date_trunc('minute', now()) - minutes * interval '1 minute';
  partition_name text;
begin
  insert into targets (name, environment, host, port, database_name, server_version, server_version_number, table_count, created_by)
  values (name, 'production', 'localhost', 5432, name, '18', 180000, 1, 'bench') returning id into target;
  insert into policies (target_id, version, document, applied_by) values (target, 1, current_setting('bench.policy')::jsonb, 'bench');
  insert into health_states (target_id, "check", area, title, status, severity, affected, measured, details, checked_at, since, statement)
  select target, c, split_part(c, '.', 1), 'Check ' || c, 'healthy', 'INFO', 0, 1, 'As it should be.', now(), begins, repeat('select 1; ', 40)
  from bench_checks() c;
  for day in select generate_series(date_trunc('day', begins, 'UTC'), now(), interval '1 day') loop
    perform holdfast_make_log_partitions(day);
  end loop;
  insert into health_log (target_id, checked_at, "check", status, severity, affected, measured, details, duration_ms)
  select target, begins + n * interval '1 minute', c,
    case when (n + length(c)) % 4001 = 0 then 'unhealthy' when (n + length(c)) % 2003 = 0 then 'no-data' else 'healthy' end, 'INFO', 0,
    1000 + (n * length(c)) % 97, 1000 + (n * length(c)) % 97 || ' rows.', 1.5
  from bench_checks() c cross join generate_series(1, minutes) n;
  return target;
end
$$;

create function bench_checks() returns setof text language sql as $$
  select (array['membership', 'rows', 'references', 'codes', 'schema', 'security', 'indexes', 'server'])[1 + n % 8] || '.check-' || n || ':public.table_' || n
  from generate_series(1, 80) n
$$;
