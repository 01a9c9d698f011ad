-- purpose:   fills what the demo's two databases have in common, the same in both: 14 clients, 36 projects and 1,250 leads
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
insert into public.clients (id, name, created_at)
select md5('lead client:' || i)::uuid, (array['Oven & Stone','Bright Smile','Peak Fitness','Casa Verde','Drive Right','Blue Anchor','Little Steps'])[1 + i % 7] || ' ' || (array['East','West'])[1 + i / 7 % 2] || case when i = 14 then ' II' else '' end,
  current_setting('demo.today')::timestamptz - make_interval(days => 40 + i * 23)
from generate_series(1, 14) i;

insert into public.projects (id, client_id, name, status, created_at)
select md5('lead project:' || i)::uuid, md5('lead client:' || 1 + i % 14)::uuid, (array['Spring offer','Test drive','New members','Waiting list'])[1 + i % 4] || ' ' || i,
  (array['live','live','draft','paused'])[1 + i % 4], current_setting('demo.today')::timestamptz - make_interval(days => 5 + i * 9)
from generate_series(1, 36) i;

insert into public.leads (id, client_id, current_project_id, full_name, phone, status, created_at)
select md5('lead:' || i)::uuid, p.client_id, p.id, (array['Noa','Lior','Maya','Amit','Dana','Eyal','Gal','Hila','Idan','Keren'])[1 + i % 10] || ' ' || (array['Levi','Cohen','Mizrahi','Peretz','Biton','Dahan','Azulay'])[1 + (i * 3) % 7],
  '+972 5' || lpad(((i * 7919) % 10000000)::text, 8, '0'), (array['new','contacted','qualified','won','lost'])[1 + (i * 3) % 5],
  current_setting('demo.today')::timestamptz - make_interval(hours => (i * 5) % 3000)
from generate_series(1, 1250) i join public.projects p on p.id = md5('lead project:' || 1 + (i * 11) % 36)::uuid;
