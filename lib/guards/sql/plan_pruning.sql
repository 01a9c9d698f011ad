-- purpose:   the statements that forget what the journals hold from before a moment, one row per table
-- runs as:   guard owner; $1 the moment
-- locks:     row locks on what is forgotten
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; the images are gone
select format('delete from %s j where j.%I < %L', t.relation, t.moment, $1::timestamptz) as statement
from (
  select distinct g.journal::text as relation, 'holdfast_deleted_at' as moment from holdfast.guarded_tables g
  union all
  values ('holdfast.journal_statements', 'deleted_at'), ('holdfast.refused_attempts', 'recorded_at'),
    ('holdfast.permits', 'transaction_started'), ('holdfast.deletions_by_minute', 'minute')
) t
order by t.relation
