-- purpose:   constraint trigger function of orphan_suspects: refuses, at commit, a transaction that leaves orphans behind
-- runs as:   guard owner, in the session that commits
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_orphans() returns trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
  orphans text[];
  who text;
  what text;
begin
  if not holdfast.operation_is_open() then
    execute format('select array_agg(distinct f.key order by f.key) from holdfast.%I($1, $2, $3) f', new.checked_by)
      into orphans using new.keys, new.organizations, clock_timestamp();
  end if;
  if orphans is null then
    delete from holdfast.orphan_suspects s where s.id = new.id;
    return null;
  end if;
  select * into guarded from holdfast.guarded_tables g where g.relation = new.relation;
  if not found then
    raise exception using errcode = 'HF009',
      message = format('Holdfast: %s has an orphaning rule but no guard', new.relation),
      hint = 'The guard is damaged. Repair it with: holdfast guards install NAME';
  end if;
  who := array_to_string(orphans[1:3], ', ') || case when cardinality(orphans) > 3 then format(' and %s more', cardinality(orphans) - 3) else '' end;
  what := case new.kind
    when 'user' then format('the last membership of %s in %s', who, guarded.table_name)
    when 'organization' then format('the last owner of %s in %s', who, guarded.table_name)
    else format('%s from %s, which other rows still refer to (%s)', who, guarded.table_name, new.rule)
  end;
  if guarded.mode = 'warn' then
    raise warning 'Holdfast: this takes %', what using errcode = 'HF004';
    delete from holdfast.orphan_suspects s where s.id = new.id;
    return null;
  end if;
  perform set_config('holdfast.suspect', new.id::text, true);
  perform holdfast.refuse_change(guarded, 'HF004', cardinality(orphans), 'orphaning', format('Holdfast: taking %s is refused', what),
    case new.kind
      when 'user' then 'Check the WHERE clause. If it is meant: give the user another membership, or delete the user or close the '
        'organisation in the same transaction, or have it approved as an operation in Holdfast.'
      when 'organization' then 'Make somebody else an owner or close the organisation in the same transaction, or have it approved as '
        'an operation in Holdfast.'
      else 'Delete or move the rows that refer to it in the same transaction, or have it approved as an operation in Holdfast.'
    end);
  return null;
end
$body$;
revoke all on function holdfast.refuse_orphans() from public;
