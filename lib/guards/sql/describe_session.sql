-- purpose:   who is at work in this session, for journal and evidence
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.describe_session(
  out role_name text, out application_name text, out client_address text, out statement text
) language sql stable set search_path = '' as $body$
  -- Inside a security definer function current_user is the owner; the session's own SET ROLE is still in the setting.
  select
    case current_setting('role') when 'none' then session_user::text else current_setting('role') end,
    nullif(current_setting('application_name'), ''),
    coalesce(host(inet_client_addr()), 'local'),
    left(current_query(), 2000)
$body$;
revoke all on function holdfast.describe_session() from public;
