-- purpose:   what definitions.sql leaves unsaid of tables, views and sequences, one line of text each; since facts of format 2
-- runs as:   watch or backup; reads the catalog only. $1: table oids to stay with, null for the whole database
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with relations as (
  select c.*, pg_catalog.format('%I.%I', n.nspname, c.relname) as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname !~ '^(pg_temp|pg_toast)_'
    and n.nspname !~ '^holdfast(_|$)'
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
    and ($1::oid[] is null or c.oid = any ($1) or (c.relkind = 'S' and exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = any ($1) and d.deptype in ('a', 'i')
    )))
), tables as (
  select * from relations where relkind in ('r', 'p', 'f')
), lines as (
  select pg_catalog.concat_ws(' ', case t.relkind when 'f' then 'foreign-table' else 'table' end, t.name, x.extras) as line
  from tables t
  left join pg_catalog.pg_am m on m.oid = t.relam
  cross join lateral (
    select nullif(pg_catalog.concat_ws(' ',
      case when t.relpersistence = 'u' then 'unlogged' end,
      case when t.relkind = 'p' then 'partitioned by ' || pg_catalog.pg_get_partkeydef(t.oid) end,
      case when t.reloftype <> 0 then 'of ' || t.reloftype::regtype end,
      case when t.relkind in ('r', 'p') and m.amname <> 'heap' then 'using ' || m.amname end,
      case when t.relkind in ('r', 'p') and t.relreplident <> 'd' then 'replica identity ' || t.relreplident::text end,
      'on ' || (
        select pg_catalog.quote_ident(s.srvname) from pg_catalog.pg_foreign_table f
        join pg_catalog.pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = t.oid
      )), '') as extras
  ) as x
  where x.extras is not null
  union all
  select pg_catalog.format('options of %s: %s', r.name, o.option)
  from relations r cross join lateral unnest(r.reloptions) as o (option)
  union all
  -- Partitions, inheritance, and the indexes of partitions below the index of the whole.
  select pg_catalog.format('%s inherits %s %s', i.inhrelid::regclass, i.inhparent::regclass,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid))
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  left join pg_catalog.pg_index x on x.indexrelid = i.inhrelid
  where coalesce(x.indrelid, i.inhrelid) in (select oid from tables)
  union all
  select pg_catalog.concat_ws(' ', 'column-details', pg_catalog.format('%s.%I', t.name, a.attname),
    case when a.attcollation <> y.typcollation then 'collate ' || a.attcollation::regcollation end,
    case when a.attstorage <> y.typstorage then 'storage ' || a.attstorage::text end,
    case when a.attcompression <> '' then 'compression ' || a.attcompression::text end,
    'statistics ' || nullif(a.attstattarget, -1),
    (select pg_catalog.string_agg(option, ', ' order by option collate "C") from unnest(a.attoptions) as option))
  from tables t
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type y on y.oid = a.atttypid
  where a.attcollation <> y.typcollation or a.attstorage <> y.typstorage or a.attcompression <> ''
    or nullif(a.attstattarget, -1) is not null or a.attoptions is not null
  union all
  select pg_catalog.concat_ws(' ', 'other-column', pg_catalog.format('%s.%I', r.name, a.attname),
    pg_catalog.format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
    'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid),
    (select pg_catalog.string_agg(option, ', ' order by option collate "C") from unnest(a.attfdwoptions) as option))
  from relations r
  join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where r.relkind = 'f' or (r.relkind = 'v' and d.oid is not null)
  union all
  select pg_catalog.format('rule %s: %s', w.ev_enabled, pg_catalog.pg_get_ruledef(w.oid))
  from relations r join pg_catalog.pg_rewrite w on w.ev_class = r.oid
  where w.rulename <> '_RETURN'
  union all
  select pg_catalog.format('view-trigger %s: %s', g.tgenabled, pg_catalog.pg_get_triggerdef(g.oid))
  from relations r join pg_catalog.pg_trigger g on g.tgrelid = r.oid
  where r.relkind in ('v', 'f') and not g.tgisinternal
  union all
  select 'view-index ' || pg_catalog.pg_get_indexdef(i.indexrelid)
  from relations r join pg_catalog.pg_index i on i.indrelid = r.oid
  where r.relkind = 'm' and i.indisvalid
  union all
  select pg_catalog.format('view-filled %s: %s', r.name, r.relispopulated) from relations r where r.relkind = 'm'
  union all
  select pg_catalog.concat_ws(' ', 'index-details', i.indexrelid::regclass::text,
    case when i.indisclustered then 'clustered' end, case when i.indisreplident then 'replica identity' end)
  from relations r join pg_catalog.pg_index i on i.indrelid = r.oid
  where i.indisclustered or i.indisreplident
  union all
  select pg_catalog.concat_ws(' ', 'statistics', pg_catalog.pg_get_statisticsobjdef(s.oid), nullif(s.stxstattarget, -1))
  from relations r join pg_catalog.pg_statistic_ext s on s.stxrelid = r.oid
  union all
  select pg_catalog.concat_ws(' ', 'sequence', r.name, 'as', pg_catalog.format_type(q.seqtypid, null), 'start', q.seqstart,
    'increment', q.seqincrement, 'from', q.seqmin, 'to', q.seqmax, 'cache', q.seqcache, case when q.seqcycle then 'cycle' end,
    (
      select pg_catalog.format('owned by %s.%I', d.refobjid::regclass, a.attname)
      from pg_catalog.pg_depend d
      join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = r.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
    ))
  from relations r join pg_catalog.pg_sequence q on q.seqrelid = r.oid
)
select line from lines order by line collate "C"
