-- purpose:   lets the guards count on from where they stood in another database; never backwards
-- runs as:   owner, in the database that takes the target's name
-- locks:     none that others wait for
-- versions:  PostgreSQL 14 and later
-- undone by: nothing: a number that is left out says nothing
select pg_catalog.setval(g.attempts, $2::bigint)
from holdfast.guarded_tables g
where g.table_name = $1 and coalesce(pg_catalog.pg_sequence_last_value(g.attempts), 0) < $2::bigint
