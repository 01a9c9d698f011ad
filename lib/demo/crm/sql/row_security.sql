-- purpose:   whom the rows of the demo's sales team are shown to: what was archived a while ago is out of the application's reach
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
alter table public.organizations enable row level security;
alter table public.contacts enable row level security;
alter table public.opportunities enable row level security;

create policy organizations_kept on public.organizations using (archived_at is null or archived_at > now() - interval '30 days');
create policy contacts_kept on public.contacts using (archived_at is null or archived_at > now() - interval '30 days');
create policy opportunities_kept on public.opportunities using (archived_at is null or archived_at > now() - interval '30 days');
