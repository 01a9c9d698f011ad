-- purpose:   one spelling of every value for the rest of the transaction, whatever the role or database has set
-- runs as:   any role
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: the end of the transaction
select pg_catalog.set_config(name, value, true)
from (values
  ('search_path', 'pg_catalog'), ('row_security', 'off'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'),
  ('IntervalStyle', 'iso_8601'), ('extra_float_digits', '3'), ('bytea_output', 'hex'), ('xmlbinary', 'base64'),
  ('lc_monetary', 'C'), ('quote_all_identifiers', 'off')
) as settings (name, value)
