-- purpose:   which of these function names are built in, and which of those have effects that a read-only transaction does not stop
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select wanted.name, count(p.oid)::int as known, coalesce(bool_or(p.provolatile = 'v' or p.prosecdef), false) as "hasEffects"
from pg_catalog.unnest($1::text[]) as wanted (name)
left join pg_catalog.pg_proc p on p.proname = wanted.name and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
group by wanted.name
order by wanted.name
