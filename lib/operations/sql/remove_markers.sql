-- purpose:   removes the marks of guarded acts; an operation whose outcome is unknown can then not be settled
-- runs as:   restore (owner of the table)
-- locks:     access exclusive on holdfast.operation_markers
-- versions:  PostgreSQL 14 and later
-- undone by: install_markers.sql (without the marks)

drop table if exists holdfast.operation_markers;
