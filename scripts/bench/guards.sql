-- The same table four times: unguarded, counted, journaled, and under a row-level guardian such as teams write first.
create schema bench;
create table bench.plain (
  id bigint primary key, organization_id int not null, name text not null, amount numeric not null, at timestamptz not null
);
create index on bench.plain (organization_id);
create table bench.counted (like bench.plain including all);
create table bench.journaled (like bench.plain including all);
create table bench.guardian (like bench.plain including all);

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
