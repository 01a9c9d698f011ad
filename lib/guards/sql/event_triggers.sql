-- purpose:   refuses DROP and ALTER that would take a guarded table or its guard away
-- runs as:   superuser; safe to run again
-- locks:     none on the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
drop event trigger if exists holdfast_refuse_drop;
create event trigger holdfast_refuse_drop on sql_drop execute function holdfast.refuse_drop();
drop event trigger if exists holdfast_refuse_alter;
create event trigger holdfast_refuse_alter on ddl_command_end
  when tag in ('ALTER TABLE', 'ALTER TRIGGER', 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE TRIGGER')
  execute function holdfast.refuse_alter();
drop event trigger if exists holdfast_refuse_removal;
create event trigger holdfast_refuse_removal on ddl_command_start
  when tag in ('DROP SCHEMA', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP EXTENSION', 'CREATE FUNCTION', 'ALTER FUNCTION')
  execute function holdfast.refuse_removal();
