-- purpose:   the tables of the guards' bench: unguarded, counted, journaled, and under a row-level guardian such as teams write first
-- runs as:   superuser of the bench's own throw-away server
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: the server's end
create schema bench;
create table bench.plain (
  id bigint primary key, organization_id int not null, name text not null, amount numeric not null, at timestamptz not null
);
create index on bench.plain (organization_id);
create table bench.counted (like bench.plain including all);
create table bench.journaled (like bench.plain including all);
create table bench.guardian (like bench.plain including all);
create table bench.floor (like bench.plain including all);

-- What any statement trigger with a transition table costs before it does anything.
create function bench.do_nothing() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger do_nothing after delete on bench.floor referencing old table as deleted for each statement execute function bench.do_nothing();

create table bench.guardian_log (id bigint generated always as identity primary key, kind text not null, at timestamptz not null default now(), row_image jsonb);
create function bench.watch_deletes() returns trigger language plpgsql as $$
declare
  recent bigint;
  others bigint;
begin
  select count(*) into recent from bench.guardian_log where kind = 'deleted' and at > now() - interval '5 minutes';
  if recent > 10 then
    insert into bench.guardian_log (kind, row_image) values ('mass deletion', to_jsonb(old));
  end if;
  select count(*) into others from bench.guardian where organization_id = old.organization_id and id <> old.id;
  if others = 0 then
    raise exception 'the last row of organization %', old.organization_id;
  end if;
  insert into bench.guardian_log (kind, row_image) values ('deleted', to_jsonb(old));
  return old;
end $$;
create trigger watch_deletes before delete on bench.guardian for each row execute function bench.watch_deletes();

-- As applications have them: a wide row, uuid keys, four indexes; 30 % of the rows go, spread over all pages.
create table bench.wide (
  id uuid primary key, organization_id uuid not null, from_entity_id uuid not null, to_entity_id uuid not null,
  relationship_type text not null, relationship_data jsonb not null, is_active boolean not null, bucket int not null,
  created_at timestamptz not null, updated_at timestamptz not null
);
create index on bench.wide (organization_id);
create index on bench.wide (from_entity_id);
create index on bench.wide (to_entity_id);
create table bench.wide_plain (like bench.wide including all);
create table bench.wide_counted (like bench.wide including all);
create table bench.wide_journaled (like bench.wide including all);
create table bench.wide_floor (like bench.wide including all);
create trigger do_nothing after delete on bench.wide_floor referencing old table as deleted for each statement execute function bench.do_nothing();
