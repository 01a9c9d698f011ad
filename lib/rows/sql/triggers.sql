-- purpose:   the application's own triggers of a table ($1: its quoted name) that fire on what a restore does
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select t.tgname as name, (t.tgtype & 4) <> 0 as "onInsert", (t.tgtype & 16) <> 0 as "onUpdate", (t.tgtype & 8) <> 0 as "onDelete"
from pg_catalog.pg_trigger t
join pg_catalog.pg_proc p on p.oid = t.tgfoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where t.tgrelid = to_regclass($1) and not t.tgisinternal and t.tgenabled in ('O', 'A') and n.nspname <> 'holdfast'
order by t.tgname
