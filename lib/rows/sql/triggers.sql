-- purpose:   the application's own triggers and rules of a table ($1: its quoted name) that fire on what a restore does
-- runs as:   restore; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select 'trigger' as kind, t.tgname as name, (t.tgtype & 4) <> 0 as "onInsert", (t.tgtype & 16) <> 0 as "onUpdate", (t.tgtype & 8) <> 0 as "onDelete",
  false as "isInstead"
from pg_catalog.pg_trigger t
join pg_catalog.pg_proc p on p.oid = t.tgfoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where t.tgrelid = to_regclass($1) and not t.tgisinternal and t.tgenabled in ('O', 'A') and n.nspname <> 'holdfast'
union all
select 'rule', r.rulename, r.ev_type = '3', r.ev_type = '2', r.ev_type = '4', r.is_instead
from pg_catalog.pg_rewrite r
where r.ev_class = to_regclass($1) and r.ev_type <> '1' and r.ev_enabled in ('O', 'A')
order by 1, 2
