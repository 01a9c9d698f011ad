-- purpose:   the demo's video app: tables named as a generator of applications names them, in quotes and with a dash
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create table public."bazaar-vid_user" (
  id varchar(255) primary key,
  name varchar(255),
  email varchar(255) not null unique,
  "emailVerified" timestamptz,
  image varchar(255),
  "createdAt" timestamptz not null default now()
);

create table public."bazaar-vid_account" (
  provider varchar(255) not null,
  "providerAccountId" varchar(255) not null,
  "userId" varchar(255) not null references public."bazaar-vid_user" (id) on delete cascade,
  type varchar(255) not null,
  primary key (provider, "providerAccountId")
);
create index "bazaar-vid_account_userId_idx" on public."bazaar-vid_account" ("userId");

create table public."bazaar-vid_project" (
  id uuid primary key default gen_random_uuid(),
  "userId" varchar(255) not null references public."bazaar-vid_user" (id) on delete cascade,
  title varchar(255) not null,
  "isWelcome" boolean not null default false,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index "bazaar-vid_project_userId_idx" on public."bazaar-vid_project" ("userId");

create table public."bazaar-vid_scene" (
  id uuid primary key default gen_random_uuid(),
  "projectId" uuid not null references public."bazaar-vid_project" (id) on delete cascade,
  "order" integer not null,
  name varchar(255) not null,
  code text not null,
  seconds numeric(5, 1) not null,
  unique ("projectId", "order")
);
