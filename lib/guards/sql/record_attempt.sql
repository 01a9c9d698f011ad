-- purpose:   keeps the evidence of an attempt that is about to be refused, on a connection of its own
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none; the other connection waits at most a second
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.record_attempt(
  table_name text, attempt bigint, rows bigint, exceeded text
) returns boolean
language plpgsql security definer set search_path = '' as $body$
declare
  link holdfast.evidence_link;
  who record;
begin
  select * into link from holdfast.evidence_link;
  if not found then
    return false;
  end if;
  select * into who from holdfast.describe_session();
  -- The database is named at run time: a restored copy must never report into the original.
  perform holdfast.dblink_connect('holdfast_evidence', format(
    'host=%s port=%s dbname=%L user=%s password=%s connect_timeout=2 application_name=holdfast:evidence '
    'options=''-c statement_timeout=1000 -c lock_timeout=1000''',
    link.host, current_setting('port'), current_database(), link.role_name, link.password
  ));
  perform holdfast.dblink_exec('holdfast_evidence', format(
    'insert into holdfast.refused_attempts (attempted_at, table_name, attempt, rows, exceeded, role_name, '
    'application_name, client_address, transaction_id, statement) values (%L, %L, %L, %L, %L, %L, %L, %L, %L, %L)',
    clock_timestamp(), table_name, attempt, rows, exceeded, who.role_name,
    who.application_name, who.client_address, pg_current_xact_id_if_assigned(), who.statement
  ));
  perform holdfast.dblink_disconnect('holdfast_evidence');
  return true;
exception when others then
  -- Whatever happens to the evidence, the refusal that follows must not be masked. The sequence has counted already.
  begin
    perform holdfast.dblink_disconnect('holdfast_evidence');
  exception when others then
    null;
  end;
  return false;
end
$body$;
revoke all on function holdfast.record_attempt(text, bigint, bigint, text) from public;
