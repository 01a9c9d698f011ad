-- purpose:   the rows of the odd database: every value that travels badly, large objects, sequences at odd places
-- runs as:   superuser, after odd_database.sql
-- locks:     none that matter
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
insert into public."bazaar-vid_user" ("select", status, n)
select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, case when n % 2 = 0 then 'on' else 'off' end, nullif(n, 13)
from generate_series(1, 100) n;
insert into public."e""mail" (address, mood, moods, handle, tags, body, document, written, amount, small, exact, money_like, cash, span,
  part_of_day, clock, at, local, day, spots, spot, near, store)
select 'P' || n || '@x.example', (enum_range(null::odd.mood))[n % 5 + 1], array[null, 'naïve 名', '']::odd.mood[], 'Handle' || n,
  array['a,b', null, '"', '\', '{}', '']::odd.tags, decode(lpad(to_hex(n), 4, '0'), 'hex'),
  jsonb_build_object('n', 9007199254740993 + n, 'tiny', 1e-300::numeric, 'big', 10::numeric ^ 300, 'text', E'\u2028\t"'),
  ('{"b": 1,  "a":' || n || ', "a": 1e400}')::json, n / 3.0, n / 3.0::float4, n::numeric / 7, n / 3.0, (n * 1.01)::numeric::money, n * interval '1 month -3 days 00:00:00.000001',
  '23:59:60+14:59', '24:00', timestamptz '2024-03-31 00:59:59.999999+00' + n * interval '1 hour', timestamp '1582-10-04' + n * interval '1 day',
  date '0001-01-01 BC' + n, array[row(n, 1.5, 'a"b')::odd.spot, null], row(n, null, '')::odd.spot, row(n, 0.01, null)::odd.spot::odd.near_spot, 'a=>1, "b c"=>NULL, "="=>"\""'::"Odd Schema".hstore
from generate_series(1, 60) n;
insert into public."e""mail" (address, amount, small, exact, span, at, local, day, document)
overriding system value values
  (null, 'NaN', '-Infinity', 'NaN', '-178000000 years', 'infinity', '-infinity', 'infinity', 'null'),
  ('@', '-0', '1e-45', 'Infinity', '0', '-infinity', 'infinity', '-infinity', '[]'),
  ('a@', '2.2250738585072014e-308', '3.4028235e38', '-Infinity', '1 year -1 day', '4713-01-01 00:00+00 BC', '294276-12-31 23:59:59.999',
    '5874897-12-31', '{"": {"": [9007199254740993, -0.0, 1.10]}}'),
  ('b@', '1.7976931348623157e308', '0.1', ('1' || repeat('0', 500) || '.' || repeat('3', 500))::numeric, '1 microsecond', '1970-01-01 00:00+00',
    'epoch', '4713-01-01 BC', '"\\u0000 as text"');
insert into public."naïve 名" values ('same', 'row', null, ''), ('same', 'row', null, ''), (null, '', 'null', E'\\N'), ('', null, '%s %I %1$s', '''');
insert into public."select" values (1, 'order'), (2, 'group');
insert into odd."sixty_three_bytes_is_the_longest_name_that_PostgreSQL_allows_he" values (63), (64);
insert into odd."$$" values (1, '$1 $body$'), (2, default);
insert into odd.";-- drop" values (1, null), (null, 2);
insert into odd."new
line" values (E'a\nb'), (E'a\r\nb'), (E'a\tb');
insert into odd."%s" values (1, '\', '''', '.'), (2, '%s', '''''', '..');
insert into "Odd Schema"."a.b" values (1), (-2147483648), (2147483647);
insert into "Odd Schema"."😀" values (1, '😀'), (2, default), (3, 'e' || chr(769)), (4, 'é');

insert into odd.no_columns default values;
insert into odd.no_columns default values;
insert into odd.no_columns default values;
insert into odd.only_generated default values;
insert into odd.only_generated default values;
insert into odd.dropped_columns values ('kept', 1), (null, 2);
-- Rows from before a column with a constant default was added do not store its value.
alter table odd.dropped_columns add column lazy text not null default 'lazy', add column lazy_null int;
insert into odd.dropped_columns values ('new', 3, 'eager', 4);
insert into odd.every_type values
  (1, true, 'x', 'ab', 'abc', 'a name', 4294967295, 'odd.every_type', 'odd.mood', '10101', '1', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03',
    '08:00:2b:01:02:03:04:05', '(,5]', '{[1,2),(5,)}', '[-0.5,NaN]', '{(,0),[1,1]}', '[2024-02-29,infinity)', '{(-infinity,"2024-02-29 12:00+00")}',
    '(1e300,-0)', '((0,0),(1,1))', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(1,2),3>', '{1,-1,0}', '[(0,0),(1,1)]', '''it''''s'':1A fat:2B,3',
    '!fat & (cat:A* | ''a b'') <-> dog', '<a b="1">&amp;<![CDATA[<]]></a>text', '$.a[*] ? (@.b > 1).c', '16/B374D848', '10:20:10,14,15', '18446744073709551615',
    '(4294967295,65535)', 5, '{{1,2},{3,null}}', '[-2:0]={1,2,3}', '{}', '{null,"null","",NULL}', 'Äpfel', 'a10'),
  (2, false, '', '', '', '', 0, null, 'integer[]', '00000', '', '255.255.255.255', '::/0', null, null, 'empty', '{}', 'empty', '{}', 'empty', '{}',
    null, null, '((0,0))', null, null, null, null, '', '', '', 'strict $', '0/0', null, '0', '(0,0)', 1, '{}', '{}', null, array[null]::text[], 'ÄPFEL', 'a9');
insert into odd.texts (class, value)
select 'control ' || n, 'a' || chr(n) || 'b' from generate_series(1, 31) n
union all select 'code point ' || n, repeat(chr(n), 2)
from unnest(array[32, 34, 39, 44, 92, 96, 127, 128, 160, 173, 223, 769, 1114109, 1488, 8203, 8232, 12288, 21517, 55295, 57344, 65279, 65533, 65535, 65536, 128512]) n
union all values ('empty', ''), ('null', null), ('spaces', '  '), ('end of copy', '\.'), ('null of copy', '\N'), ('doubled', '\\'), ('crlf', E'\r\n'),
  ('quotes', '''"`$$;--/*'), ('format', '%s %% %n'), ('row', '(1,"2",)'), ('json', '{"a":"\u0000"}'), ('bytes', '\x00ff'), ('formula', '=1+1');
update odd.texts set blob = convert_to(value, 'UTF8');
insert into odd.texts (class, blob)
values ('every byte', (select string_agg(set_byte('\x00', 0, n), '' order by n) from generate_series(0, 255) n)), ('no byte', '');
insert into odd.wide (value, stored_outside, packed)
select repeat('line ' || n || E'\n', 20000), (select string_agg(md5(n::text || i), '') from generate_series(1, 300) i), repeat('名', 5000) from generate_series(1, 4) n;
insert into odd.keyless values (1, 'twice'), (1, 'twice'), (null, null), (null, null), (2, 'once');
insert into odd.unlogged values (1, 'lost in a crash'), (2, null);
insert into odd.shares_a (a) values ('first'), ('third');
insert into odd.shares_b (b) values ('second');
insert into odd.defaults default values;
update odd.defaults set at = '2024-02-29 12:00:00.123456+00';

insert into odd.people values (1, null), (2, 1), (3, 3), (4, 2);
insert into odd.teams values (10, 1, 'red'), (20, 4, 'blue');
update odd.people set favourite = 10 + 10 * (id % 2);
insert into odd.members values (1, 10, 'lead'), (2, 10, 'member'), (3, 20, null);
set constraints all immediate;
-- What a constraint that was never validated lets stand.
alter table odd.members drop constraint "member's team", drop constraint late;
insert into odd.members values (4, 5000, 'guest');
alter table odd.members add constraint "member's team" foreign key (team) references odd.teams not valid,
  add constraint late check (team < 1000) not valid;
insert into odd.bookings values (1, '[2024-01-01,2024-01-02)', null), (1, '[2024-01-02,2024-01-03)', ''), (1, '(,)', 'maybe'), (2, 'empty', null);

insert into odd.events (id, kind, at)
select n, (array['sale', 'refund', 'visit', 'else'])[n % 4 + 1], date '2023-12-01' + n * 7 from generate_series(1, 80) n;
insert into odd.hashed select n, nullif('v' || n, 'v7') from generate_series(1, 40) n;
insert into odd.spread values (1, 1), (5, 4), (-100, 0);
insert into odd.refers_to_parts values (1, 1), (2, 40), (3, null);
insert into odd.parent values (1, 'parent');
insert into odd.child (id, note, own_column) values (2, 'child', 20), (3, 'child', null);
insert into odd.grandchild (id, note, extra) values (4, 'grandchild', null);
insert into odd.of_type values (1, 2.50, 'typed');
insert into odd.guarded values (1, 'odd_reader', 'a'), (2, 'nobody', 'b');
insert into odd.forced values (1, 'nobody');
insert into odd.owned_by_extension values (1);

select nextval('odd.tickets'), nextval('odd.tickets'), setval('odd.at_its_end', 100), nextval('odd.turning'), nextval('odd.turning'),
  setval('odd.shared', 1000, false), setval('public."Sequence ""%s"" ;--"', 9223372036854775807);

select lo_from_bytea(70001, '\x00ff00'), lo_from_bytea(70002, ''), lo_create(70004),
  lo_from_bytea(70003, (select decode(string_agg(md5(n::text), '' order by n), 'hex') from generate_series(1, 20000) n));
-- A hole: no page of this one is stored before its last.
select lo_put(70004, 1000000, 'end');
