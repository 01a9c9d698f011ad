-- purpose:   one number that is another one as soon as anything of the schema was written, so that the whole is read only then
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with schemas as (
  select n.oid from pg_catalog.pg_namespace n
  where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname !~ '^(pg_temp|pg_toast)_' and n.nspname !~ '^holdfast(_|$)'
), relations as (
  select c.oid, c.xmin from pg_catalog.pg_class c where c.relnamespace in (select oid from schemas) and c.relpersistence <> 't'
), written (source, id, version) as (
  select 1, s.oid, n.xmin from schemas s join pg_catalog.pg_namespace n on n.oid = s.oid
  union all select 2, r.oid, r.xmin from relations r
  union all select 3, a.attrelid, a.xmin from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid where a.attnum > 0
  union all select 4, d.oid, d.xmin from pg_catalog.pg_attrdef d join relations r on r.oid = d.adrelid
  union all select 5, k.oid, k.xmin from pg_catalog.pg_constraint k where k.connamespace in (select oid from schemas)
  union all select 6, i.indexrelid, i.xmin from pg_catalog.pg_index i join relations r on r.oid = i.indrelid
  union all select 7, t.oid, t.xmin from pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal
  union all select 8, p.oid, p.xmin from pg_catalog.pg_policy p
  union all select 9, p.oid, p.xmin from pg_catalog.pg_proc p where p.pronamespace in (select oid from schemas)
  union all select 10, t.oid, t.xmin from pg_catalog.pg_type t where t.typnamespace in (select oid from schemas)
  union all select 11, e.oid, e.xmin from pg_catalog.pg_enum e
  union all select 12, w.oid, w.xmin from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class
  union all select 13, q.seqrelid, q.xmin from pg_catalog.pg_sequence q join relations r on r.oid = q.seqrelid
  union all select 14, h.inhrelid, h.xmin from pg_catalog.pg_inherits h join relations r on r.oid = h.inhrelid
  union all select 15, e.oid, e.xmin from pg_catalog.pg_event_trigger e
  union all select 16, e.oid, e.xmin from pg_catalog.pg_extension e
  union all select 17, d.objoid, d.xmin from pg_catalog.pg_description d where d.objoid >= 16384
  union all select 18, d.oid, d.xmin from pg_catalog.pg_default_acl d
  union all select 19, s.oid, s.xmin from pg_catalog.pg_statistic_ext s
  union all select 20, p.oid, p.xmin from pg_catalog.pg_publication p
  union all select 21, p.oid, p.xmin from pg_catalog.pg_publication_rel p
  union all select 22, f.oid, f.xmin from pg_catalog.pg_foreign_server f
  union all select 23, o.oid, o.xmin from pg_catalog.pg_operator o where o.oid >= 16384
  union all select 24, c.oid, c.xmin from pg_catalog.pg_cast c where c.oid >= 16384
  union all select 25, c.oid, c.xmin from pg_catalog.pg_collation c where c.oid >= 16384
  union all select 27, r.rngtypid, r.xmin from pg_catalog.pg_range r where r.rngtypid >= 16384
  union all select 28, d.oid, d.xmin from pg_catalog.pg_ts_dict d where d.oid >= 16384
  union all select 29, c.oid, c.xmin from pg_catalog.pg_ts_config c where c.oid >= 16384
  -- Its rows have no number of their own.
  union all select 30, m.mapcfg, m.xmin from pg_catalog.pg_ts_config_map m where m.mapcfg >= 16384
  union all select 31, c.oid, c.xmin from pg_catalog.pg_conversion c where c.oid >= 16384
  union all select 32, o.oid, o.xmin from pg_catalog.pg_opclass o where o.oid >= 16384
  union all select 33, o.oid, o.xmin from pg_catalog.pg_opfamily o where o.oid >= 16384
  union all select 34, a.aggfnoid, a.xmin from pg_catalog.pg_aggregate a where a.aggfnoid >= 16384
  union all select 35, l.oid, l.xmin from pg_catalog.pg_language l where l.oid >= 16384
  union all select 36, m.oid, m.xmin from pg_catalog.pg_am m where m.oid >= 16384
  union all select 37, t.oid, t.xmin from pg_catalog.pg_transform t
  union all select 38, w.oid, w.xmin from pg_catalog.pg_foreign_data_wrapper w
  union all select 39, f.ftrelid, f.xmin from pg_catalog.pg_foreign_table f
  union all select 40, l.objoid, l.xmin from pg_catalog.pg_seclabel l
  union all select 26, d.datdba, 0::text::xid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
)
select pg_catalog.count(*) || ':' || pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', source, id, version), 0)) as signature,
  (
    select pg_catalog.pg_get_userbyid(d.datdba) from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
  ) as "databaseOwner",
  array(
    select r.rolname::text from pg_catalog.pg_roles r
    where pg_catalog.shobj_description(r.oid, 'pg_authid') = 'Holdfast agent of ' || pg_catalog.current_database()
  ) as agents
from written
