-- purpose:   event trigger function: refuses what can only be stopped before it begins: the guard's own removal, a detach in two transactions
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_removal() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
  -- Before a command runs only its text is known; afterwards a cascade has taken the event triggers along, and a
  -- concurrent detach has committed its first half.
  statement constant text := regexp_replace(current_query(), '--[^\n]*|/\*.*?\*/', ' ', 'g');
  partition_name text;
  what text;
begin
  -- A guard that lost a part of itself must not stand in the way of its repair.
  if to_regclass('holdfast.guarded_tables') is null or to_regprocedure('holdfast.operation_is_open()') is null then
    return;
  end if;
  if tg_tag = 'ALTER TABLE' then
    if statement !~* '\mdetach\s+partition\M' or statement !~* '\mconcurrently\M' then
      return;
    end if;
    partition_name := (regexp_match(statement, '\mdetach\s+partition\s+(.+?)\s+concurrently\M', 'i'))[1];
    select g.* into guarded from holdfast.guarded_tables g join pg_catalog.pg_class c on c.oid = g.relation
    where g.relation <> g.counts_as and (partition_name is null or c.relname = (parse_ident(partition_name))[cardinality(parse_ident(partition_name))])
    order by g.mode limit 1;
    what := format('detaching %s', guarded.relation);
  elsif tg_tag = 'DROP OWNED' then
    -- Here current_user is the guard's owner; in the statement CURRENT_USER and its like are whoever acts.
    select g.* into guarded from holdfast.guarded_tables g
    cross join lateral (select (regexp_match(statement, '\mdrop\s+owned\s+by\s+([^;]+)', 'i'))[1] as roles) o
    where o.roles ~* ('\m' || regexp_replace(current_user, '([^[:alnum:]_])', '\\\1', 'g') || '\M')
      or o.roles ~* '\m(current_user|current_role|session_user)\M'
        and exists (select from holdfast.describe_session() s where s.role_name = current_user or session_user = current_user)
    order by g.mode limit 1;
    what := 'dropping everything that the guard''s owner has';
  elsif statement ~* (case
    when tg_tag in ('DROP EXTENSION', 'DROP LANGUAGE') then '\m(holdfast|dblink|plpgsql)\M'
    when tg_tag ~ '^(DROP|ALTER SCHEMA)' then '\mholdfast\M'
    else '\m(function|routine|procedure)\s+"?holdfast"?\s*\.'
  end) then
    select g.* into guarded from holdfast.guarded_tables g order by g.mode limit 1;
    what := format('%s of the guard itself', tg_tag);
  end if;
  if guarded.mode = 'refuse' and not holdfast.operation_is_open() then
    perform holdfast.refuse_change(guarded, 'HF003', null, 'drop', format('Holdfast: %s is refused', what),
      'Change guards through Holdfast: holdfast guards install NAME, holdfast guards remove NAME');
  end if;
end
$body$;
revoke all on function holdfast.refuse_removal() from public;
