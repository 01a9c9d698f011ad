-- purpose:   one pass of the trigger functions guard_orphans_…; plan_orphan_rules.sql and plan_reference_rules.sql fill it in with format()
-- runs as:   guard owner (security definer), in the session that takes rows away
-- locks:     the rows of membership_locks that it touches
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
$body$
  -- Sorted, so that two statements never wait for each other crosswise; in portions, so that memory stays bounded.
  for portion in
    select array_agg(l.key order by l.key collate "C", l.organization collate "C") as keys,
      array_agg(l.organization order by l.key collate "C", l.organization collate "C") as organizations
    from (
      select q.key, q.organization, (row_number() over (order by q.key collate "C") - 1) / 20000 as part
      from (%1$s) q (key, organization)
    ) l
    group by l.part
    order by l.part
  loop
    if %5$s then
      perform holdfast.touch_membership_locks(%2$L, %3$L, portion.keys);
    end if;
    if %6$s and not holdfast.operation_is_open() then
      insert into holdfast.orphan_suspects (rule, kind, relation, checked_by, keys, organizations, statement)
      select %2$L, %3$L, tg_relid, %4$L, array_agg(f.key), array_agg(f.organization), left(current_query(), 2000)
      from holdfast.%4$I(portion.keys, portion.organizations, guard.moment) f
      having count(*) > 0;
    end if;
  end loop;
$body$
