-- purpose:   event trigger function: refuses DDL that switches a guard off, replaces it or detaches a guarded partition
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.refuse_alter() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
declare
  command record;
  guarded holdfast.guarded_tables;
  what text;
begin
  if exists (
    select from holdfast.permits p
    where p.transaction_id = pg_current_xact_id_if_assigned() and p.transaction_started = now()
  ) then
    return;
  end if;
  for command in select * from pg_event_trigger_ddl_commands() loop
    what := null;
    if command.classid = 'pg_catalog.pg_class'::regclass then
      select g.* into guarded from holdfast.guarded_tables g
      where command.objid in (g.relation, g.counts_as) and exists (
        select from pg_catalog.pg_trigger t
        where t.tgrelid = g.relation and starts_with(t.tgname, 'guard_') and t.tgenabled in ('D', 'R')
      )
      limit 1;
      if found then
        what := 'switching its guard off';
      else
        select g.* into guarded from holdfast.guarded_tables g
        where g.counts_as = command.objid and g.relation <> g.counts_as and not exists (
          select from pg_catalog.pg_inherits i where i.inhrelid = g.relation
        )
        limit 1;
        if found then
          what := format('detaching partition %s', guarded.relation);
        end if;
      end if;
    elsif command.classid = 'pg_catalog.pg_trigger'::regclass then
      select g.* into guarded from holdfast.guarded_tables g
      join pg_catalog.pg_trigger t on t.tgrelid = g.relation
      where t.oid = command.objid and starts_with(t.tgname, 'guard_');
      if found then
        what := 'replacing its guard trigger';
      end if;
    elsif command.classid = 'pg_catalog.pg_proc'::regclass and command.schema_name = 'holdfast' then
      select g.* into guarded from holdfast.guarded_tables g order by g.mode limit 1;
      if found then
        what := format('replacing the guard''s %s', command.object_identity);
      end if;
    end if;
    if what is not null and guarded.mode = 'refuse' then
      perform holdfast.refuse_change(guarded, 'HF003', null, 'alter',
        format('Holdfast: %s is refused: %s is protected', what, guarded.table_name),
        'Change guards through Holdfast: holdfast guards install NAME, or holdfast policy apply.');
    end if;
  end loop;
end
$body$;
revoke all on function holdfast.refuse_alter() from public;
