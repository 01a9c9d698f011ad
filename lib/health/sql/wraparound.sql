-- purpose:   how far each database of the server is from the wraparound of transaction ids and of multixact ids: the oldest stops all
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select d.datname as name, pg_catalog.age(d.datfrozenxid) as age, pg_catalog.mxid_age(d.datminmxid) as "multixactAge",
  d.datname = pg_catalog.current_database() as own
from pg_catalog.pg_database d
order by greatest(pg_catalog.age(d.datfrozenxid), pg_catalog.mxid_age(d.datminmxid)) desc
limit 5
