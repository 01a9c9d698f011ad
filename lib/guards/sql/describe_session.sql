-- purpose:   who is at work in this session, for journal and evidence
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.describe_session(
  out role_name text, out application_name text, out client_address text, out statement text
) language plpgsql stable set search_path = '' as $body$
begin
  -- Inside a security definer function current_user is the owner; the session's own SET ROLE is still in the setting.
  role_name := case current_setting('role') when 'none' then session_user::text else current_setting('role') end;
  application_name := nullif(current_setting('application_name'), '');
  client_address := coalesce(host(inet_client_addr()), 'local');
  statement := left(current_query(), 2000);
  -- At commit that is COMMIT or nothing. What is refused there is named by its row, which only this transaction sees.
  if coalesce(current_setting('holdfast.suspect', true), '') <> '' and to_regclass('holdfast.orphan_suspects') is not null then
    statement := coalesce((
      select s.statement from holdfast.orphan_suspects s where s.id::text = current_setting('holdfast.suspect', true)
    ), statement);
  end if;
end
$body$;
revoke all on function holdfast.describe_session() from public;
