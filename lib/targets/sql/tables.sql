-- purpose:   every ordinary and partitioned table of the application with columns, key, foreign keys and owned sequences
-- runs as:   watch or backup; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with tables as (
  select c.oid, n.nspname as schema, c.relname as name,
    case when c.relkind = 'p' then 'partitioned' when c.relispartition then 'partition' else 'table' end as kind,
    c.reltuples::float8 as estimated_rows,
    case when c.relkind = 'p'
      then (select sum(pg_catalog.pg_total_relation_size(p.relid)) from pg_catalog.pg_partition_tree(c.oid) p)
      else pg_catalog.pg_total_relation_size(c.oid) end::float8 as size_bytes,
    c.relrowsecurity as row_security
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname !~ '^(pg_temp|pg_toast)_'
    and n.nspname !~ '^holdfast(_|$)'
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
)
select t.schema, t.name, t.kind, t.estimated_rows as "estimatedRows", t.size_bytes as "sizeBytes",
  t.row_security as "rowSecurity",
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', a.attname,
      'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'notNull', a.attnotnull,
      'hasDefault', a.atthasdef or a.attidentity <> '',
      'generated', case when a.attgenerated <> '' then 'stored' when a.attidentity = 'a' then 'always'
                        when a.attidentity = 'd' then 'by default' else 'no' end
    ) order by a.attnum), '[]'::jsonb)
    from pg_catalog.pg_attribute a
    where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  ) as columns,
  (
    -- The primary key first; else the narrowest valid, immediate, whole unique index over not-null columns.
    select jsonb_build_object(
      'kind', case when i.indisprimary then 'primary' else 'unique' end,
      'columns', (
        select jsonb_agg(a.attname order by k.position)
        from unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where k.position <= i.indnkeyatts
      )
    )
    from pg_catalog.pg_index i
    where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indimmediate
      and i.indpred is null and i.indexprs is null
      and not exists (
        select from unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where k.position <= i.indnkeyatts and not a.attnotnull
      )
    order by i.indisprimary desc, i.indnkeyatts, i.indexrelid
    limit 1
  ) as key,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', f.conname,
      'columns', (select jsonb_agg(a.attname order by k.position)
        from unnest(f.conkey) with ordinality as k (attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
      'references', jsonb_build_object('schema', rn.nspname, 'name', rc.relname),
      'referencedColumns', (select jsonb_agg(a.attname order by k.position)
        from unnest(f.confkey) with ordinality as k (attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum),
      'deferrable', f.condeferrable,
      'validated', f.convalidated,
      -- A key over periods (PostgreSQL 18) compares them by no one operator; older servers have no such column.
      'equals', (select coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', o.oprname) order by k.position), '[]'::jsonb)
        from unnest(f.conpfeqop) with ordinality as k (id, position)
        join pg_catalog.pg_operator o on o.oid = k.id
        join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
        where coalesce(to_jsonb(f) ->> 'conperiod', 'false') = 'false')
    ) order by f.conname), '[]'::jsonb)
    from pg_catalog.pg_constraint f
    join pg_catalog.pg_class rc on rc.oid = f.confrelid
    join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
    where f.conrelid = t.oid and f.contype = 'f' and f.conparentid = 0
  ) as "foreignKeys",
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'column', a.attname,
      'sequence', jsonb_build_object('schema', sn.nspname, 'name', s.relname)
    ) order by a.attnum), '[]'::jsonb)
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.refobjid = t.oid and d.deptype in ('a', 'i')
  ) as sequences
from tables t
order by t.schema, t.name
