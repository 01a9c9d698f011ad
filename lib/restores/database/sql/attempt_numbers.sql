-- purpose:   how many refused attempts the guards have counted, by table
-- runs as:   owner, in the database that leaves the target's name
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select g.table_name as "table", pg_catalog.pg_sequence_last_value(g.attempts)::text as attempts
from holdfast.guarded_tables g where pg_catalog.pg_sequence_last_value(g.attempts) is not null
