-- purpose:   one spelling of every value for the rest of the transaction, and time for long reads but not for locks, whatever is set
-- runs as:   any role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: the end of the transaction
select pg_catalog.set_config(name, value, true)
from (values
  ('search_path', 'pg_catalog'), ('row_security', 'off'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'),
  ('IntervalStyle', 'iso_8601'), ('extra_float_digits', '3'), ('bytea_output', 'hex'), ('xmlbinary', 'base64'),
  ('lc_monetary', 'C'), ('quote_all_identifiers', 'off'), ('standard_conforming_strings', 'on'), ('statement_timeout', '0'),
  ('lock_timeout', '10s')
) as settings (name, value)
-- A caller who waits for locks less long than that keeps his own limit.
where name <> 'lock_timeout' or pg_catalog.current_setting('lock_timeout') = '0'
