-- purpose:   what surrounds the rows of the odd database: routines, views, indexes, triggers, policies, rules, grants, comments, settings
-- runs as:   superuser, after odd_rows.sql
-- locks:     what creating takes
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database; the roles odd_reader and "odd ""Writer" stay
-- Its place in the order is a fraction.
alter type odd.mood add value 'so-so' before 'ill';
create function odd.touch() returns trigger language plpgsql as $$begin return coalesce(new, old); end$$;
create function odd.quoted("a ""b" text default 'it''s;--', variadic rest int[] default '{}') returns text language sql immutable
  as $body$ select $$'"$$ || $1 || cardinality($2) $body$;
create function odd.standard(a int, b numeric default 1.5) returns numeric language sql stable
  begin atomic select a + coalesce(b, 0) where a in (1, 2, 3) or a between 10 and 20; end;
create function odd.many(out a int, out b text) returns setof record language sql stable strict security definer parallel safe cost 7 rows 3
  set search_path to 'pg_catalog', 'odd' as 'select 1, ''x''';
create function odd.quoted(int) returns text language sql immutable leakproof as 'select $1::text';
create procedure odd."do it"(inout n int, "%s" text) language plpgsql as $$begin n := n + 1; end$$;
create function odd.add_up(state int, value int) returns int language sql immutable as 'select coalesce(state, 0) + coalesce(value, 0)';
create aggregate odd.total(int) (sfunc = odd.add_up, stype = int, initcond = '5');
create function odd.is_close(float8, float8) returns boolean language sql immutable as 'select abs($1 - $2) < 0.5';
create operator odd.~~= (function = odd.is_close, leftarg = float8, rightarg = float8, commutator = operator(odd.~~=));
create type odd.point_of_view as (label text);
create function odd.as_text(odd.point_of_view) returns text language sql immutable as 'select ($1).label';
create cast (odd.point_of_view as text) with function odd.as_text(odd.point_of_view) as assignment;
create conversion odd.converted for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search dictionary odd.plain_words (template = pg_catalog.simple, stopwords = english);
create text search configuration odd.words (copy = pg_catalog.english);
alter text search configuration odd.words alter mapping for asciiword with odd.plain_words;

create view odd."people's ""view""" with (security_barrier) as
  select p.id, p.boss, t.name as "team ;--", count(*) over (partition by p.boss) as n from odd.people p left join odd.teams t on t.id = p.favourite
  where (p.id in (1, 2, 3) or p.boss is null) and coalesce(t.name, '') <> 'none';
create view odd.of_users as select "select" as id, status from public."bazaar-vid_user" where status in ('on', 'off') with cascaded check option;
create recursive view odd.chain (id, depth) as select id, 0 from odd.people where boss is null
  union all select p.id, c.depth + 1 from odd.people p join chain c on p.boss = c.id and p.id <> c.id;
create materialized view odd.summary as select kind, count(*) as n, max(at) as newest from odd.events group by kind;
create unique index on odd.summary (kind);
create materialized view "Odd Schema"."not filled" as select 1 as one with no data;
create rule "insert ;--" as on insert to odd."people's ""view""" do instead insert into odd.people (id, boss) values (new.id, new.boss);
create rule also as on update to odd.shares_a where old.a is distinct from new.a do also insert into odd.keyless values (new.id, 'by rule');

create index "index ;-- ""%s""" on odd.texts (lower(value), class desc nulls last) include (blob) where value is not null and length(class) < 100;
create index on public."bazaar-vid_user" (status) where status in ('on', 'off');
create index on odd.texts using gin (class odd.gin_trgm_ops);
create index on odd.wide using brin (id) with (pages_per_range = 4);
create index on odd.keyless using hash (b);
create unique index keyless_two on odd.keyless (a) where a = 2;
create index on odd.events (at);
create index on only odd.hashed (v);
create index on odd.texts (class collate "C" text_pattern_ops, value collate odd.nocase);
create index broken on odd.keyless (a);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'odd.broken'::regclass;
create statistics odd.related (dependencies, ndistinct) on status, n from public."bazaar-vid_user";
alter table odd.wide cluster on wide_pkey;
alter table odd.keyless replica identity full;
alter table odd.events_rest alter place set default 'rest';
do $body$
begin
  if current_setting('server_version_num')::int >= 150000 then
    execute 'alter table odd.dropped_columns add constraint one_null unique nulls not distinct (kept, lazy_null)';
  end if;
end
$body$;

create trigger "touch ;--" before update of note on odd.parent for each row when (old.note is distinct from new.note) execute function odd.touch('it''s', '$$');
create trigger enabled after insert or delete on odd.keyless for each statement execute function odd.touch();
create trigger disabled before insert on odd.keyless for each row execute function odd.touch();
create trigger always before insert on odd.keyless for each row execute function odd.touch();
create trigger "replica" before insert on odd.keyless for each row execute function odd.touch();
alter table odd.keyless disable trigger disabled, enable always trigger always, enable replica trigger "replica";
create constraint trigger at_the_end after update on odd.people deferrable initially deferred for each row execute function odd.touch();
create trigger with_rows after delete on odd.texts referencing old table as gone for each statement execute function odd.touch();
create trigger on_parts after insert on odd.events for each row execute function odd.touch();
alter table odd.events_null disable trigger on_parts;
create trigger instead instead of insert on odd.of_users for each row execute function odd.touch();
create function odd.see_ddl() returns event_trigger language plpgsql as $$begin null; end$$;
create event trigger "odd ddl" on sql_drop when tag in ('DROP TABLE', 'DROP FUNCTION') execute function odd.see_ddl();
create event trigger odd_quiet on ddl_command_start execute function odd.see_ddl();
alter event trigger odd_quiet disable;

alter table odd.guarded enable row level security;
create policy mine on odd.guarded using (owner = current_user) with check (owner = current_user and secret <> '');
create policy "read ;--" on odd.guarded as restrictive for select to odd_reader, "odd ""Writer" using (id < 1000 or secret in ('a', 'b'));
alter table odd.forced enable row level security, force row level security;
create policy everyone on odd.forced for insert to public with check (true);

create server "odd ;-- server" foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1', dbname 'it''s away');
create user mapping for public server "odd ;-- server" options (user 'nobody', password 'planted-canary');
create user mapping for odd_reader server "odd ;-- server" options (user 'somebody', password 'planted-canary');
create foreign table odd.far_away (id int options (column_name 'ID'), note text) server "odd ;-- server" options (table_name 'x');
create publication odd_publication for table odd.people, public."bazaar-vid_user" with (publish = 'insert, update');
create publication "odd all ;--" for all tables;

grant usage on schema odd to odd_reader;
grant select, insert on odd.people to odd_reader, "odd ""Writer" with grant option;
grant select (id), update (name) on odd.teams to "odd ""Writer";
grant usage on sequence odd.tickets to odd_reader;
grant select on large object 70001 to odd_reader;
revoke execute on function odd.quoted(int) from public;
revoke usage on type odd.mood from public;
alter default privileges in schema odd grant select on tables to odd_reader;
alter default privileges revoke execute on functions from public;
alter table odd.teams owner to "odd ""Writer";

comment on table public."bazaar-vid_user" is E'people;\n-- "of" the ''bazaar'' \\ 名';
comment on column public."bazaar-vid_user"."select" is '%s';
comment on constraint "check; --" on public."bazaar-vid_user" is 'checked';
comment on index odd."index ;-- ""%s""" is 'indexed';
comment on function odd.quoted(int) is 'quoted';
comment on type odd.mood is 'moods';
comment on trigger "touch ;--" on odd.parent is 'touched';
comment on policy mine on odd.guarded is 'mine';
comment on large object 70003 is 'a large one';
comment on view odd.of_users is '';
comment on view odd.chain is 'a chain';
comment on event trigger "odd ddl" is 'seen';
do $body$
declare
  setting text;
begin
  -- What every new session of this database begins with.
  foreach setting in array array['TimeZone = ''Asia/Kathmandu''', 'DateStyle = ''SQL, DMY''', 'IntervalStyle = sql_standard', 'bytea_output = escape',
    'extra_float_digits = -3', 'xmlbinary = hex', 'search_path = odd, public', 'quote_all_identifiers = on', 'statement_timeout = ''20min''']
  loop
    execute format('alter database %I set %s', current_database(), setting);
  end loop;
  execute format('alter role odd_reader in database %I set work_mem = ''8MB''', current_database());
end
$body$;
