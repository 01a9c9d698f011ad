-- purpose:   indexes that another index of the table makes needless: the same columns, or the first ones of a longer one
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with indexes as (
  select i.indexrelid, i.indrelid, i.indisunique, i.indnkeyatts, c.relam, m.amname,
    (i.indkey::int2[])[0:i.indnkeyatts - 1] as keys, (i.indkey::int2[])[i.indnkeyatts:] as included,
    (i.indclass::oid[])[0:i.indnkeyatts - 1] as classes, (i.indcollation::oid[])[0:i.indnkeyatts - 1] as collations,
    (i.indoption::int2[])[0:i.indnkeyatts - 1] as options,
    coalesce(pg_catalog.pg_get_expr(i.indexprs, i.indrelid), '') as expressions,
    coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') as predicate,
    -- What a constraint or the replica identity stands on is never the one to drop.
    i.indisprimary or i.indisexclusion or i.indisreplident or i.indisclustered
      or exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) as needed
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'i' and not c.relispartition
  join pg_catalog.pg_am m on m.oid = c.relam
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where i.indisvalid and n.nspname !~ '^(holdfast(_|$)|pg_)' and n.nspname <> 'information_schema'
)
select distinct on (a.indexrelid) a.indexrelid::regclass::text as name, a.indrelid::regclass::text as place, b.indexrelid::regclass::text as other,
  a.indnkeyatts = b.indnkeyatts as same, pg_catalog.pg_relation_size(a.indexrelid)::float8 as bytes
from indexes a
join indexes b on b.indrelid = a.indrelid and b.indexrelid <> a.indexrelid and b.relam = a.relam
  and b.predicate = a.predicate and b.expressions = a.expressions
  and b.keys[1:a.indnkeyatts] = a.keys and b.classes[1:a.indnkeyatts] = a.classes
  and b.collations[1:a.indnkeyatts] = a.collations and b.options[1:a.indnkeyatts] = a.options
where not a.needed and a.included <@ (b.keys || b.included)
  and case
    when a.indnkeyatts = b.indnkeyatts then
      -- Of two alike the one that says less goes; of two that say the same, the younger one.
      (not a.indisunique or b.indisunique)
      and (b.needed or (b.indisunique and not a.indisunique) or pg_catalog.cardinality(b.included) > pg_catalog.cardinality(a.included)
        or (b.indisunique = a.indisunique and b.included = a.included and b.indexrelid < a.indexrelid))
    -- A small one beside a long one costs nothing worth telling.
    else a.amname = 'btree' and a.expressions = '' and not a.indisunique and pg_catalog.pg_relation_size(a.indexrelid) >= 1048576
  end
order by a.indexrelid, b.indnkeyatts, b.indexrelid
