-- purpose:   the setting that makes every session of this role in this database read-only, where somebody made one
-- runs as:   restore
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- The narrowest one counts, as at the start of a session. Holdfast's own sessions begin with one of their own.
select c.setting
from pg_catalog.pg_db_role_setting s, unnest(s.setconfig) as c (setting)
where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
  and s.setrole in (0, (select r.oid from pg_catalog.pg_roles r where r.rolname = session_user))
  and c.setting like 'default_transaction_read_only=%'
order by (s.setrole <> 0)::int + (s.setdatabase <> 0)::int desc, s.setrole <> 0 desc
limit 1
