-- purpose:   how many old images the journals hold
-- runs as:   guard owner or watch
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select coalesce(sum(s.rows), 0) as rows from holdfast.journal_statements s where s.journal_problem is null
