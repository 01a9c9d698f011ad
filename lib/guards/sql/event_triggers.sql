-- purpose:   refuses DDL that would take a guarded table, its values or its guard away, and every DDL of an agent
-- runs as:   superuser; safe to run again
-- locks:     none on the application's tables
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
--
-- Always: in replica mode too, where ordinary event triggers would not fire.
drop event trigger if exists holdfast_refuse_agent;
create event trigger holdfast_refuse_agent on ddl_command_start execute function holdfast.refuse_agent();
alter event trigger holdfast_refuse_agent enable always;
drop event trigger if exists holdfast_refuse_removal;
create event trigger holdfast_refuse_removal on ddl_command_start
  when tag in ('ALTER TABLE', 'ALTER SCHEMA', 'DROP SCHEMA', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP EXTENSION', 'DROP LANGUAGE', 'DROP OWNED',
    'CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE')
  execute function holdfast.refuse_removal();
alter event trigger holdfast_refuse_removal enable always;
drop event trigger if exists holdfast_remember_tables;
create event trigger holdfast_remember_tables on ddl_command_start
  when tag in ('ALTER TABLE', 'ALTER INDEX', 'ALTER SCHEMA', 'ALTER TRIGGER', 'ALTER TYPE', 'CREATE TRIGGER')
  execute function holdfast.remember_tables();
alter event trigger holdfast_remember_tables enable always;
-- PostgreSQL calls it only when something was dropped.
drop event trigger if exists holdfast_refuse_drop;
create event trigger holdfast_refuse_drop on sql_drop execute function holdfast.refuse_drop();
alter event trigger holdfast_refuse_drop enable always;
drop event trigger if exists holdfast_refuse_rewrite;
create event trigger holdfast_refuse_rewrite on table_rewrite execute function holdfast.refuse_rewrite();
alter event trigger holdfast_refuse_rewrite enable always;
drop event trigger if exists holdfast_refuse_alter;
create event trigger holdfast_refuse_alter on ddl_command_end
  when tag in ('ALTER TABLE', 'ALTER INDEX', 'ALTER SCHEMA', 'ALTER TRIGGER', 'ALTER TYPE', 'CREATE TRIGGER',
    'CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE')
  execute function holdfast.refuse_alter();
alter event trigger holdfast_refuse_alter enable always;
