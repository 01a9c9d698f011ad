-- purpose:   has the demo's server count what its statements take, as any server should that is watched
-- runs as:   whoever made the demo database: a superuser
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: drop extension pg_stat_statements
create extension if not exists pg_stat_statements;
