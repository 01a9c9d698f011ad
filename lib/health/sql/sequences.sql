-- purpose:   how much of its numbers each sequence has used, also where the column it fills ends before it does
-- runs as:   watch; reads the catalog and the sequences
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with sequences as (
  select c.oid, c.oid::regclass::text as name, q.seqmax, q.seqmin, q.seqincrement, q.seqtypid,
    pg_catalog.has_sequence_privilege(c.oid, 'select, usage') as readable
  from pg_catalog.pg_sequence q
  join pg_catalog.pg_class c on c.oid = q.seqrelid and c.relpersistence <> 't'
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not q.seqcycle and q.seqincrement > 0 and n.nspname !~ '^(holdfast(_|$)|pg_temp_|pg_toast)'
), fills as (
  -- Owned by a column, or named by its default.
  select d.objid as sequence, d.refobjid as relation, d.refobjsubid as number
  from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.deptype in ('a', 'i') and d.refobjsubid > 0
  union
  select d.refobjid, f.adrelid, f.adnum
  from pg_catalog.pg_depend d
  join pg_catalog.pg_attrdef f on f.oid = d.objid
  where d.classid = 'pg_catalog.pg_attrdef'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'n'
), narrowest as (
  select distinct on (f.sequence) f.sequence, case a.atttypid when 'int2'::regtype then 32767 else 2147483647 end::int8 as most,
    pg_catalog.format('%s.%I', f.relation::regclass, a.attname) as "column", pg_catalog.format_type(a.atttypid, null) as type
  from fills f
  join pg_catalog.pg_attribute a on a.attrelid = f.relation and a.attnum = f.number
  where a.atttypid in ('int2'::regtype, 'int4'::regtype)
  order by f.sequence, 2
), used as (
  select s.name, least(s.seqmax, n.most) as most, n."column", n.type,
    case when s.readable then pg_catalog.pg_sequence_last_value(s.oid) end as last, s.readable, s.seqmin
  from sequences s left join narrowest n on n.sequence = s.oid
)
select name, "column", type, last::text as last, most::text as most, readable,
  case when last is null then 0 else pg_catalog.round(100.0 * (last::numeric - seqmin + 1) / (most::numeric - seqmin + 1), 2) end::float8 as percent,
  pg_catalog.count(*) over () as total, pg_catalog.count(*) filter (where not readable) over () as unreadable
from used
order by percent desc, name
limit 50
