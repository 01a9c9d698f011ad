-- purpose:   keeps the evidence of an attempt that is about to be refused, on a connection of its own
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     of refused_attempts while it is installed; then none, and the other connection waits at most a second
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
--
-- Guards of before kept no act, and their function had one argument fewer.
alter table holdfast.refused_attempts add column if not exists act text;
drop function if exists holdfast.record_attempt(text, bigint, bigint, text);
create or replace function holdfast.record_attempt(
  table_name text, attempt bigint, rows bigint, exceeded text, act text default null
) returns boolean
language plpgsql security definer set search_path = '' as $body$
declare
  link holdfast.evidence_link;
  who record;
  addresses constant text := current_setting('listen_addresses');
begin
  -- A restored copy holds the original's link. It must report nowhere until it has one of its own (guards install).
  select * into link from holdfast.evidence_link l
  where l.role_name = 'holdfast_evidence_' || left(md5(current_database()), 8);
  if not found then
    return false;
  end if;
  select * into who from holdfast.describe_session();
  -- Server and database are named at run time, by what this server listens on: a copy of the whole server has no way
  -- to the original either.
  perform holdfast.dblink_connect('holdfast_evidence', format(
    'host=%L port=%s dbname=%L user=%s password=%s connect_timeout=2 application_name=holdfast:evidence '
    'options=''-c statement_timeout=1000 -c lock_timeout=1000''',
    case when addresses ~ '(^|,)\s*(\*|localhost|127\.0\.0\.1|0\.0\.0\.0)\s*(,|$)' then '127.0.0.1'
      when addresses ~ '(^|,)\s*(::|::1)\s*(,|$)' then '::1'
      else btrim(split_part(addresses, ',', 1)) end,
    current_setting('port'), current_database(), link.role_name, link.password
  ));
  perform holdfast.dblink_exec('holdfast_evidence', format(
    'insert into holdfast.refused_attempts (attempted_at, table_name, attempt, rows, exceeded, role_name, '
    'application_name, client_address, transaction_id, statement, act) values (%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L)',
    clock_timestamp(), table_name, attempt, rows, exceeded, who.role_name,
    who.application_name, who.client_address, pg_current_xact_id_if_assigned(), who.statement, act
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
revoke all on function holdfast.record_attempt(text, bigint, bigint, text, text) from public;
