-- purpose:   an application's schema of so many tables as $tables says, with keys, references, indexes, policies, views and functions
-- runs as:   superuser, in an empty database
-- locks:     none that matter
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create extension pg_stat_statements;
create table public.users (
  id bigint generated always as identity primary key, mail text not null unique, name text not null, created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create table public.organizations (id bigint generated always as identity primary key, title text not null, state text not null default 'open');
create table public.memberships (
  id bigint generated always as identity primary key, user_id bigint not null references public.users, organization_id bigint not null references public.organizations,
  role text not null default 'member', is_active boolean not null default true, unique (user_id, organization_id)
);
insert into public.users (mail, name) select 'u' || i || '@example.com', 'User ' || i from generate_series(1, $users) i;
insert into public.organizations (title) select 'Organization ' || i from generate_series(1, greatest($users / 20, 1)) i;
insert into public.memberships (user_id, organization_id) select i, 1 + i % greatest($users / 20, 1) from generate_series(1, $users) i;
create index on public.memberships (organization_id);
do $do$
begin
  for i in 1..$tables - 3 loop
    execute format($sql$
      create table public.items_%1$s (
        id bigint generated always as identity primary key, organization_id bigint not null references public.organizations,
        user_id bigint references public.users, code text not null, amount numeric(12, 2) not null default 0 check (amount >= 0), note text,
        data jsonb not null default '{}', created_at timestamptz not null default now(), updated_at timestamptz
      );
      create index on public.items_%1$s (organization_id, created_at);
      create index on public.items_%1$s (user_id);
      insert into public.items_%1$s (organization_id, user_id, code) select 1 + n %% greatest($users / 20, 1), 1 + n %% $users, 'C-' || n from generate_series(1, 50) n;
    $sql$, i);
    if i % 5 = 0 then
      execute format($sql$
        alter table public.items_%1$s enable row level security;
        create policy own_items on public.items_%1$s using (user_id = nullif(current_setting('app.user', true), '')::bigint);
        create view public.items_%1$s_open as select id, code, amount from public.items_%1$s where amount > 0;
        create function public.count_items_%1$s() returns bigint language sql stable as 'select count(*) from public.items_%1$s';
      $sql$, i);
    end if;
  end loop;
end
$do$;
analyze;
