-- purpose:   fills the demo's client desk: 420 clients and about 5,300 rows in all, the same on every machine for a given day
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create temp table word on commit drop as
select array['Ada','Ben','Cleo','Dara','Eve','Finn','Gwen','Hal','Ivy','Joel','Kit','Lara','Max','Nell','Otis','Pia','Quinn','Ruth','Sam','Tess'] as first,
  array['Archer','Bright','Cole','Drew','Ellis','Frost','Grant','Hayes','Irwin','Joyce','Knight','Lowe','March'] as last,
  array['Could you send the offer again?','We moved the launch to May.','The invoice has a wrong address.','Thanks, that solved it.','Can we talk tomorrow at ten?','I am out until Monday.'] as said,
  current_setting('demo.today')::timestamptz as today;

insert into public.clients (id, name, email, company, stage, created_at, updated_at)
select md5('client:' || i)::uuid, first[1 + i % 20] || ' ' || last[1 + (i * 3) % 13], 'client' || i || '@desk.example',
  case when i % 4 <> 0 then last[1 + (i * 5) % 13] || ' & ' || last[1 + (i * 7) % 13] end,
  (array['lead','prospect','active','active','paused','lost'])[1 + (i * 5) % 6], today - make_interval(days => 1 + (i * 11) % 600), today - make_interval(days => i % 20)
from word, generate_series(1, 420) i;

insert into public.tasks (client_id, title, due_on, done_at, created_at)
select md5('client:' || 1 + (i * 7) % 420)::uuid, (array['Call back','Send offer','Prepare contract','Check invoice','Plan workshop'])[1 + i % 5],
  (today + make_interval(days => (i * 3) % 40 - 25))::date, case when i % 3 <> 0 then today - make_interval(hours => (i * 5) % 500) end,
  today - make_interval(days => 25 + i % 60)
from word, generate_series(1, 1100) i;

insert into public.chat_messages (client_id, author, body, sent_at)
select md5('client:' || 1 + (i * 11) % 420)::uuid::text, (array['client','desk','assistant'])[1 + i % 3], said[1 + (i * 5) % 6], today - make_interval(mins => (i * 37) % 90000)
from word, generate_series(1, 3800) i;
