-- purpose:   sends one line through the evidence link and takes it back out; true when it arrived
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: itself
select holdfast.record_attempt('(test of the evidence link)', 0, 0, 'test') as arrived
