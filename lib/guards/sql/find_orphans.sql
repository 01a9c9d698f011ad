-- purpose:   the body of the functions find_orphans_…; plan_orphan_rules.sql and plan_reference_rules.sql fill it in with format()
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
$body$
begin
  -- Few keys take the generic plan, which is kept; many are planned for as many as they are.
  if cardinality($1) <= 100 then
    return query
%1$s;
  else
    return query execute %1$L using $1, $2, $3;
  end if;
end
$body$
