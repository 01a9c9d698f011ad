-- purpose:   fills the demo's sales team: 320 organizations, 2,400 contacts and about 11,000 rows in all, the same on every machine for a given day
-- runs as:   whoever made the demo database
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create temp table word on commit drop as
select array['Anna','Bruno','Clara','David','Elena','Felix','Greta','Hugo','Ida','Jan','Karla','Leo','Marta','Nils','Olga','Paul','Rita','Sven','Theo','Vera'] as first,
  array['Adler','Bauer','Conti','Dahl','Eriksen','Ferrari','Gruber','Horvat','Ivanov','Jonker','Kovač','Lund','Meyer','Nemec','Olsen','Petrov','Ricci','Sommer','Toth','Vogel','Wagner'] as last,
  array['Northwind','Alder','Harbour','Granite','Meridian','Copper','Linden','Summit','Delta','Orchard','Beacon','Juniper','Pioneer','Quarry','Silver','Tidal'] as company,
  array['Logistics','Foods','Energy','Systems','Textiles','Instruments','Printing','Dairy','Machines','Pharma'] as business,
  array['Buyer','Head of purchasing','Plant manager','Managing director','Engineer','Office manager'] as position,
  array['new','qualified','demo','offer','won','won','lost'] as stage,
  current_setting('demo.today')::timestamptz as today;

insert into public.teams (id, name, region)
select md5('team:' || i)::uuid, (array['North','South','East','West','Key accounts'])[i], (array['DK, SE, NO','IT, ES','PL, CZ, HU','NL, BE, FR','all'])[i]
from generate_series(1, 5) i;

insert into public.users (id, email, full_name, created_at)
select md5('seller:' || i)::uuid, lower(first[1 + i % 20] || '.' || translate(last[1 + (i * 5) % 21], 'č', 'c')) || i || '@crm.example',
  first[1 + i % 20] || ' ' || last[1 + (i * 5) % 21], today - make_interval(days => 30 + i * 17)
from word, generate_series(1, 42) i;

insert into public.team_members (user_id, team_id, role, joined_at)
select md5('seller:' || i)::uuid, md5('team:' || 1 + i % 5)::uuid, case when i <= 10 then 'lead' else 'member' end, today - make_interval(days => 30 + i * 17)
from word, generate_series(1, 42) i;

insert into public.organizations (id, name, industry, website, parent_id, team_id, created_at)
select md5('organization:' || i)::uuid, company[1 + i % 16] || ' ' || business[1 + (i * 3) % 10] || case when i > 80 then ' ' || (i / 80 + 1) else '' end || ' ' || (array['AG','Ltd','S.p.A.','B.V.','A/S'])[1 + i % 5],
  business[1 + (i * 3) % 10], 'https://organization' || i || '.example', case when i > 40 and i % 8 = 0 then md5('organization:' || 1 + i % 40)::uuid end,
  md5('team:' || 1 + i % 5)::uuid, today - make_interval(days => 20 + (i * 7) % 900)
from word, generate_series(1, 320) i;

insert into public.contacts (id, organization_id, first_name, last_name, email, phone, position, created_at)
select md5('contact:' || i)::uuid, md5('organization:' || 1 + (i * 7) % 320)::uuid, first[1 + (i * 3) % 20], last[1 + (i * 11) % 21],
  'contact' || i || '@organization' || 1 + (i * 7) % 320 || '.example', '+45 ' || lpad(((i * 7919) % 100000000)::text, 8, '0'),
  position[1 + i % 6], today - make_interval(days => (i * 13) % 800, mins => (i * 37) % 600)
from word, generate_series(1, 2400) i;

insert into public.products (code, name, price)
select 'P-' || lpad(i::text, 3, '0'), (array['Pump','Valve','Sensor','Filter','Drive','Controller'])[1 + i % 6] || ' ' || (array['S','M','L','XL'])[1 + i % 4] || ' ' || 100 + i,
  90 + (i * 137) % 4000
from generate_series(1, 60) i;

insert into public.opportunities (organization_id, owner_id, product_id, title, stage, value, closes_on, created_at)
select md5('organization:' || 1 + (i * 13) % 320)::uuid, md5('seller:' || 1 + (i * 5) % 42)::uuid, 1 + (i * 7) % 60,
  (array['Renewal','New line','Replacement','Pilot','Frame contract'])[1 + i % 5] || ' ' || i, stage[1 + (i * 3) % 7], 1500 + (i * 739) % 90000,
  (today + make_interval(days => (i * 11) % 240 - 120))::date, today - make_interval(days => (i * 5) % 400)
from word, generate_series(1, 1300) i;

insert into public.interactions (contact_id, opportunity_id, user_id, kind, summary, happened_at)
select md5('contact:' || 1 + (i * 17) % 2400)::uuid, case when i % 3 <> 0 then 1 + (i * 19) % 1300 end, md5('seller:' || 1 + (i * 5) % 42)::uuid,
  (array['call','mail','visit','note'])[1 + i % 4], (array['Asked for an offer','Sent the data sheet','Wants a visit in spring','Price too high','Signed'])[1 + (i * 3) % 5],
  today - make_interval(hours => (i * 3) % 9000)
from word, generate_series(1, 6800) i;
