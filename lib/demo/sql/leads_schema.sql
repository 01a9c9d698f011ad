-- purpose:   what the demo's two databases of one product have in common: clients, their projects, and the leads of those
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create table public.clients (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  created_at timestamptz not null default now()
);

create table public.projects (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id),
  name text not null,
  status text not null check (status in ('draft', 'live', 'paused')),
  created_at timestamptz not null default now()
);
create index projects_client_id_idx on public.projects (client_id);

create table public.leads (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id),
  current_project_id uuid references public.projects (id),
  full_name text not null,
  phone text,
  status text not null check (status in ('new', 'contacted', 'qualified', 'won', 'lost')),
  created_at timestamptz not null default now()
);
create index leads_client_id_idx on public.leads (client_id);
create index leads_current_project_id_idx on public.leads (current_project_id);
