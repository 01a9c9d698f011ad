-- purpose:   how far this database is from transaction id wraparound
-- runs as:   watch; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.age(d.datfrozenxid) as age
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database()
