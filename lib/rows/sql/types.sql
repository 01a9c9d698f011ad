-- purpose:   what types ($1: as format_type spells them) are here: their words or their definition, null where a type is unknown
-- runs as:   restore or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select spelt.type, t.oid is not null as known,
  (
    select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid
  ) as labels,
  case t.typtype
    when 'd' then format('%s %s %s', pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, (
      select string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' order by 1) from pg_catalog.pg_constraint k where k.contypid = t.oid))
    when 'c' then (
      select string_agg(format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
  end as definition
from unnest($1::text[]) as spelt (type)
left join pg_catalog.pg_type named on named.oid = to_regtype(spelt.type)
-- Of an array, its elements count.
left join pg_catalog.pg_type t on t.oid = case when named.typcategory = 'A' then named.typelem else named.oid end
