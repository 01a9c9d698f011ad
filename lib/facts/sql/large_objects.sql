-- purpose:   how many large objects there are, their bytes, and sums of two hashes over number, place and content; pages one by one, so in bounded memory
-- runs as:   backup, which needs to read pg_largeobject
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with sizes as (
  select m.oid, coalesce(max(p.pageno::int8 * 2048 + pg_catalog.octet_length(p.data)), 0) as bytes
  from pg_catalog.pg_largeobject_metadata m
  left join pg_catalog.pg_largeobject p on p.loid = m.oid
  group by m.oid
), pieces as (
  select pg_catalog.record_send(row(oid, bytes)) as piece, bytes, 1 as one, pg_catalog.pg_is_in_recovery() from sizes
  union all
  -- Zeros that nobody wrote are not stored, but a dump writes them: content without the zeros at the end of a page is the same for both.
  select pg_catalog.record_send(row(loid, pageno, pg_catalog.rtrim(data, '\x00'))), 0, 0, pg_catalog.pg_is_in_recovery()
  from pg_catalog.pg_largeobject
  where pg_catalog.rtrim(data, '\x00') <> ''
)
select pg_catalog.sum(one)::text as count, pg_catalog.sum(bytes)::text as bytes,
  -- A record of one value has that value's hash: of the whole piece, so that contents exchanged between two pages show.
  pg_catalog.sum(pg_catalog.hash_record_extended(row(piece), 4841253961271843))::text as sum0,
  pg_catalog.sum(pg_catalog.hash_record_extended(row(piece), 7270318492740513))::text as sum1
from pieces
