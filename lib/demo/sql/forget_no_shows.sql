-- purpose:   takes remember_no_shows.sql back
-- runs as:   the salon's owner, first of all on a restored copy
-- locks:     access exclusive on customers
-- versions:  PostgreSQL 14 and later
-- undone by: remember_no_shows.sql
alter table public.customers drop column no_shows;
