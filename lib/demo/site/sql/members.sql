-- purpose:   what only the demo's site database has: the people who sign in, and to which clients they belong
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create table public.profiles (
  id uuid primary key default gen_random_uuid(),
  email text not null unique,
  status text not null default 'active' check (status in ('active', 'disabled')),
  created_at timestamptz not null default now()
);

create table public.client_members (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id),
  user_id uuid not null references public.profiles (id),
  role text not null check (role in ('OWNER', 'ADMIN', 'MEMBER')),
  created_at timestamptz not null default now(),
  unique (client_id, user_id)
);
create index client_members_user_id_idx on public.client_members (user_id);

create table public.dashboards (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  settings jsonb not null default '{}'
);

insert into public.profiles (id, email, created_at)
select md5('profile:' || i)::uuid, 'person' || i || '@site.example', current_setting('demo.today')::timestamptz - make_interval(days => 10 + i * 4)
from generate_series(1, 84) i;

insert into public.client_members (id, client_id, user_id, role, created_at)
select md5('site member:' || i)::uuid, md5('lead client:' || 1 + i % 14)::uuid, md5('profile:' || i)::uuid,
  case when i <= 28 then 'OWNER' when i % 3 = 0 then 'ADMIN' else 'MEMBER' end, current_setting('demo.today')::timestamptz - make_interval(days => 10 + i * 4)
from generate_series(1, 84) i;

insert into public.dashboards (user_id, settings)
select id, jsonb_build_object('theme', 'dark', 'columns', 3) from public.profiles;
