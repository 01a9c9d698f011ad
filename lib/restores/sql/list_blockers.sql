-- purpose:   who holds locks on tables ($1: quoted names; none: on any) that a restore has to wait for ($2: their modes)
-- runs as:   watch, so that other roles' statements can be read
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with wanted as (
  select distinct t.relid::oid as relid from unnest($1::text[]) as w (name)
  cross join lateral (
    select p.relid from pg_catalog.pg_partition_tree(to_regclass(w.name)) p
    union select to_regclass(w.name)
  ) t
)
select l.pid, coalesce(nullif(a.application_name, ''), 'no application name') as application,
  coalesce(a.usename, p.owner) as role, coalesce(a.xact_start, p.prepared) as since,
  case when p.gid is null then coalesce(a.state, 'unknown') else 'prepared' end as state,
  p.gid as prepared, a.query as statement,
  array_agg(distinct pg_catalog.format('%I.%I', n.nspname, c.relname)) as tables
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
left join pg_catalog.pg_prepared_xacts p on l.pid is null and l.virtualtransaction = '-1/' || p.transaction::text
where l.granted and l.locktype = 'relation' and l.mode = any ($2::text[])
  and (cardinality($1::text[]) = 0 or l.relation in (select relid from wanted))
  and n.nspname !~ '^pg_' and c.relkind in ('r', 'p')
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
group by 1, 2, 3, 4, 5, 6, 7
order by 4
limit 10
