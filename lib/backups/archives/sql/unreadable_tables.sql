-- purpose:   tables that this role cannot read whole, each with the reason: rights missing, or row security hides rows
-- runs as:   backup, with row_security off
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  case
    when not pg_catalog.has_schema_privilege(n.oid, 'usage') then 'no right to use its schema'
    when not pg_catalog.has_table_privilege(c.oid, 'select') then 'no right to read it'
    else 'row security would hide rows from this role'
  end as reason
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'S')
  and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname !~ '^(pg_temp|pg_toast)_'
  and n.nspname !~ '^holdfast_(snapshot|undo|restored)_'
  and (
    not pg_catalog.has_schema_privilege(n.oid, 'usage')
    or not pg_catalog.has_table_privilege(c.oid, 'select')
    or (c.relkind <> 'S' and pg_catalog.row_security_active(c.oid))
  )
order by 1
