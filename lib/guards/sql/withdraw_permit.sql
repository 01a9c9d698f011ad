-- purpose:   ends a deletion permit that nobody has used; no row when it was used
-- runs as:   guard owner; $1 is the permit's id
-- locks:     the permit's row; waits for a session that has it open, as long as lock_timeout allows
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; request another one
update holdfast.permits p set expires_at = least(p.expires_at, clock_timestamp())
where p.id = $1::uuid and p.kind = 'deletion' and p.transaction_id is null
returning p.id
