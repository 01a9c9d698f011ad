-- purpose:   event trigger function: notes what the guarded tables are before a command that may alter them
-- runs as:   guard owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.remember_tables() returns event_trigger
language plpgsql security definer set search_path = '' as $body$
begin
  -- After the command the catalog says what is; only this says what was. Lost with the transaction, seen by this session only.
  if to_regclass('holdfast.guarded_tables') is not null and to_regprocedure('holdfast.describe_tables()') is not null then
    perform set_config('holdfast.tables_before', coalesce(holdfast.describe_tables()::text, ''), true);
  end if;
end
$body$;
revoke all on function holdfast.remember_tables() from public;
