-- purpose:   what an index's predicate uses beyond its own table and what PostgreSQL itself brings
-- runs as:   restore, in a transaction that is rolled back; $1 is the index
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- Built-in objects are pinned and have no dependency. An enum's own functions are built in; a collation runs no code.
select pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) as part
from pg_catalog.pg_depend d
where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = $1::regclass
  and d.refclassid not in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_collation'::regclass)
  and not (
    d.refclassid = 'pg_catalog.pg_type'::regclass
    and exists (select from pg_catalog.pg_type t where t.oid = d.refobjid and t.typtype = 'e')
  )
order by 1
