-- purpose:   which of these function names have a version that is not immutable, not built in, or SECURITY DEFINER
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select wanted.name,
  count(p.oid)::int as known,
  coalesce(bool_or(p.provolatile <> 'i' or p.prosecdef or n.nspname <> 'pg_catalog'), true) as unsafe
from unnest($1::text[]) as wanted (name)
left join pg_catalog.pg_proc p on p.proname = regexp_replace(wanted.name, '^pg_catalog\.', '')
left join pg_catalog.pg_namespace n on n.oid = p.pronamespace
group by wanted.name
