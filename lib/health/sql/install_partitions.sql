-- purpose:   makes partitions of the health log and what is derived from it
-- runs as:   the control database's owner, with every migration
-- locks:     the function: share update exclusive on the partitioned table, which neither readers nor writers wait for
-- versions:  PostgreSQL 14 and later
-- undone by: drop function holdfast_make_log_partitions(timestamptz); drop function holdfast_make_partition(regclass, text, timestamptz)

-- True when the partition that holds this moment was made now. Two callers make one.
create or replace function holdfast_make_partition(parent regclass, step text, moment timestamptz) returns boolean
language plpgsql set search_path = public, pg_temp as $$
declare
  starts timestamptz := date_trunc(step, moment, 'UTC');
  ends timestamptz := (starts at time zone 'UTC' + ('1 ' || step)::interval) at time zone 'UTC';
  digits text := case step when 'day' then 'YYYYMMDD' when 'month' then 'YYYYMM' when 'year' then 'YYYY' end;
  partition_name text := (select relname from pg_class where oid = parent) || '_p' || to_char(starts at time zone 'UTC', digits);
begin
  -- One that an interrupted round left half detached is too old to be needed, and cannot be attached before that is finished.
  if exists (
    select from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = parent and c.relname = partition_name
  ) then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('holdfast.partition.' || partition_name, 0));
  if exists (
    select from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = parent and c.relname = partition_name
  ) then
    return false;
  end if;
  -- Made apart and then attached: PARTITION OF would lock the table against its readers. Rows of hours, days and
  -- minutes are updated in place, which wants room in the page.
  execute format('create table if not exists %I (like %s including all) with (fillfactor = 85)', partition_name, parent);
  execute format('alter table %s attach partition %I for values from (%L) to (%L)', parent, partition_name, starts, ends);
  return true;
end
$$;

-- What each table's partitions hold, and those of this moment made where they are missing.
create or replace function holdfast_make_log_partitions(moment timestamptz) returns bigint
language sql set search_path = public, pg_temp as $$
  select count(*) filter (where holdfast_make_partition(tier.parent::regclass, tier.step, moment))
  from (values
    ('health_log', 'day'), ('health_minutes', 'day'), ('health_hours', 'month'), ('health_days', 'year'),
    ('health_turns', 'month'), ('row_counts', 'month')
  ) as tier (parent, step)
$$;

-- Ahead of need, and for what is still to be filed of the last weeks.
select holdfast_make_log_partitions(now() + n * interval '1 day') from generate_series(-2, 2) n
union all
select holdfast_make_log_partitions(now() + n * interval '1 month') from generate_series(-2, 1) n;
