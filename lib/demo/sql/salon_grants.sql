-- purpose:   what the demo's application may do: read and write rows, nothing else
-- runs as:   the demo database's owner
-- locks:     none that matter
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
grant usage on schema public, auth to salon_app;
grant select, insert, update, delete on all tables in schema public, auth to salon_app;
grant usage on all sequences in schema public, auth to salon_app;
