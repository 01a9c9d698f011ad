-- purpose:   partitions of the health log that are too old, with the statements that take them away
-- runs as:   the control database's owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 [{table, keepDays}]. A table that was detached by a round that then died has no parent any more, only its name.
with tier as (
  select "table"::regclass as parent, "table" || '_p' as prefix, "keepDays" as keep_days
  from jsonb_to_recordset($1::text::jsonb) as t ("table" text, "keepDays" int)
), named as (
  select tier.*, c.oid as partition, c.relname, substr(c.relname, length(tier.prefix) + 1) as digits
  from tier join pg_class c on c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    and starts_with(c.relname, tier.prefix) and substr(c.relname, length(tier.prefix) + 1) ~ '^(\d{4}|\d{6}|\d{8})$'
), dated as (
  select named.*, inherits.inhparent is not null as is_attached, coalesce(inherits.inhdetachpending, false) as is_pending,
    (to_date(digits, left('YYYYMMDD', length(digits)))::timestamp
      + case length(digits) when 4 then interval '1 year' when 6 then interval '1 month' else interval '1 day' end)
      at time zone 'UTC' as ends_at
  from named left join pg_inherits inherits on inherits.inhrelid = named.partition and inherits.inhparent = named.parent
)
select relname as name, is_attached,
  case
    when is_pending then format('alter table %s detach partition %I finalize', parent, relname)
    when is_attached then format('alter table %s detach partition %I concurrently', parent, relname)
  end as detach,
  format('drop table %I', relname) as drop
from dated
where ends_at <= now() - make_interval(days => keep_days)
order by ends_at, relname
