-- purpose:   how large this database is
-- runs as:   watch; reads the sizes of its files
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select pg_catalog.pg_database_size(pg_catalog.current_database())::float8 as bytes
