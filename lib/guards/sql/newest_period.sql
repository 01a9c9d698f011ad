-- purpose:   when the present period of the journals began and what its tables take; no row before the first one
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with part as (
  select substring(c.relname from '^(?:j|journal_statements_)(\d{12})') as period, c.oid
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'holdfast' and c.relkind = 'r' and c.relname ~ '^(j|journal_statements_)\d{12}'
)
select to_timestamp(p.period || '+00', 'YYYYMMDDHH24MITZH') as "beganAt", sum(pg_total_relation_size(p.oid))::text as bytes
from part p
where p.period = (select max(n.period) from part n)
group by p.period
