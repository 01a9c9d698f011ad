-- purpose:   row trigger function of agents: keeps the old image of a row that an agent overwrites, and stops it early when there are many
-- runs as:   guard owner (security definer), in the agent's session only
-- locks:     none that others wait for
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.keep_overwritten() returns trigger
language plpgsql security definer set search_path = '' as $body$
declare
  guarded holdfast.guarded_tables;
  setting text;
  -- The statement's id and its rows so far, until count_overwritten has counted them.
  so_far bigint[];
  most bigint;
  columns text;
  problem text;
begin
  select g.* into guarded from holdfast.guarded_tables g where g.relation = tg_relid;
  -- NEW always: before an update, null would cancel it.
  if not found then
    return new;
  end if;
  setting := 'holdfast.overwritten_' || guarded.counts_as::oid;
  so_far := string_to_array(nullif(current_setting(setting, true), ''), ',')::bigint[];
  so_far := array[coalesce(so_far[1], nextval('holdfast.statement_ids')), coalesce(so_far[2], 0) + 1];
  begin
    select string_agg(format('%I', a.attname), ', ' order by a.attnum) into columns
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_attribute j on j.attrelid = guarded.journal and j.attname = a.attname and not j.attisdropped
    where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped;
    execute format('insert into %s (holdfast_statement_id, holdfast_changed_at, %s) select $1, clock_timestamp(), %s from (select ($2).*) d',
      guarded.journal, columns, columns) using so_far[1], old;
  exception when others then
    -- A change within its budget never fails because its journal does; the missing images are said so.
    problem := left(sqlerrm, 500);
    raise warning 'Holdfast: the row is not in the journal: %', problem;
    perform set_config('holdfast.overwritten_problem', problem, true);
  end;
  perform set_config(setting, array_to_string(so_far, ','), true);
  select b.statement_rows into most from holdfast.budgets b
  where b.counts_as = guarded.counts_as and b.act = 'update' and b.role_name = session_user;
  if so_far[2] > most then
    perform holdfast.count_overwritten(tg_relid);
  end if;
  return new;
end
$body$;
revoke all on function holdfast.keep_overwritten() from public;
