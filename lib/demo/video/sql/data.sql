-- purpose:   fills the demo's video app: 565 users, 940 projects and about 6,000 rows in all, the same on every machine for a given day
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create temp table word on commit drop as
select array['Alma','Bilal','Chloe','Dion','Erin','Fatou','Gabe','Hina','Isla','Jonah','Kiran','Lena','Milo','Nora','Omar','Poppy','Ravi','Sara','Tariq','Uma'] as first,
  array['Ahn','Banks','Cruz','Diaz','Evans','Fox','Gomez','Hunt','Ito','Jones','Khan','Lee','Mora','Nash','Ortiz','Park','Reyes'] as last,
  array['Launch teaser','Product tour','Birthday film','Course intro','Weekly news','Recipe','Travel diary','Demo reel'] as title,
  array['Title card','Zoom in','Bullet list','Logo reveal','Map','Quote','Outro'] as scene,
  current_setting('demo.today')::timestamptz as today;

insert into public."bazaar-vid_user" (id, name, email, "emailVerified", "createdAt")
select 'user_' || md5('user:' || i), first[1 + i % 20] || ' ' || last[1 + (i * 3) % 17], 'user' || i || '@video.example',
  case when i % 7 <> 0 then today - make_interval(days => (i * 3) % 300) end, today - make_interval(days => (i * 3) % 300, mins => (i * 41) % 900)
from word, generate_series(1, 565) i;

insert into public."bazaar-vid_account" (provider, "providerAccountId", "userId", type)
select (array['google','github'])[1 + i % 2], md5('account:' || i), 'user_' || md5('user:' || i), 'oauth' from generate_series(1, 565) i;

insert into public."bazaar-vid_project" (id, "userId", title, "isWelcome", "createdAt", "updatedAt")
select md5('project:' || i)::uuid, 'user_' || md5('user:' || 1 + (i * 7) % 565), title[1 + (i * 3) % 8], i <= 565,
  today - make_interval(days => (i * 5) % 280), today - make_interval(hours => (i * 7) % 400)
from word, generate_series(1, 940) i;

insert into public."bazaar-vid_scene" (id, "projectId", "order", name, code, seconds)
select md5('scene:' || i || ':' || n)::uuid, md5('project:' || i)::uuid, n, scene[1 + (i + n) % 7], 'export const scene = { kind: ' || (i + n) % 7 || ' }', 1.5 + (i * n) % 9
from word, generate_series(1, 940) i, generate_series(1, 2 + i % 5) n;
