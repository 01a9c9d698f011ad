-- purpose:   fills the demo target: 12 salons, 320 users and about 13,000 rows, the same on every machine for a given day
-- runs as:   the demo database's owner
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database

-- Every "random" choice is arithmetic on the row's number with a prime, and every id is a hash of what it stands for.
create temp table word on commit drop as
select array['Aisha','Amara','Beatriz','Camille','Chiara','Daniel','Elif','Emma','Farah','Giulia','Hana','Ines','Jonas','Kaya','Layla',
    'Leila','Linh','Lucía','Maja','Mei','Michele','Mila','Nadia','Noor','Olivia','Priya','Rania','Rosa','Sanne','Sofia','Søren','Tara',
    'Thảo','Tomás','Valentina','Yara','Yuki','Zeynep','Zoë','Émilie'] as first,
  array['Abbasi','Almeida','Andersen','Becker','Bianchi','Çelik','Costa','Dubois','El Amrani','Fernández','García','Haddad','Hoffmann',
    'Ivanova','Jansen','Kaur','Keller','Kim','Kowalski','Laurent','Lindqvist','Lopes','Moreau','Müller','Nguyễn','Novak','O''Connor',
    'Okafor','Park','Patel','Rossi','Said','Sato','Schmidt','Silva','Tanaka','van Dijk','Weber','Yılmaz'] as last,
  array['Atelier Lumière','Maison Brune','The Gilded Comb','Salon Nordlicht','Velvet Shears','Casa Rizo','Ginger & Oak','Studio Saffron',
    'Northside Barbers','Kōen Hair','Blow & Company','Hair on Canal'] as salon_name,
  array['Cut & finish','Dry cut','Fringe trim','Blow-dry','Root colour','Full colour','Balayage','Half-head highlights','Gloss','Keratin smoothing',
    'Scalp treatment','Beard trim','Bridal styling','Child''s cut'] as service,
  array['Cut','Cut','Cut','Styling','Colour','Colour','Colour','Colour','Colour','Treatment','Treatment','Barber','Styling','Cut'] as category,
  array[45,30,15,40,75,105,150,120,30,140,45,25,90,30] as minutes,
  array[62,48,18,38,79,112,185,138,35,210,55,26,165,34] as price,
  array['Repair shampoo','Silk conditioner','Sea-salt spray','Matte clay','Curl cream','Heat shield','Silver shampoo','Argan oil'] as product,
  array['owner','manager','receptionist','receptionist','accountant','stylist','stylist','stylist','stylist','stylist'] as role_name,
  date_trunc('day', now()) as today;

insert into public.core_organizations (id, organization_name, organization_code, settings, created_at, updated_at)
select md5('salon:' || i)::uuid, salon_name[i], 'SALON-' || lpad(i::text, 3, '0'),
  jsonb_build_object('currency', 'EUR', 'slot_minutes', 15, 'online_booking', i % 3 <> 0),
  today - make_interval(days => 900 - i * 31), today - make_interval(days => 40 + i)
from word, generate_series(1, 12) i;

insert into auth.users (id, email, raw_user_meta_data, created_at, last_sign_in_at)
select md5('user:' || i)::uuid,
  -- Plain letters only: the address is made of the name as a person would type it on any keyboard.
  lower(regexp_replace(translate(first[1 + (i * 7) % 40] || '.' || last[1 + (i * 11) % 39],
    'íáøảoëÉÇéüễÖüñıı ''', 'iaoaoeEceueOunii'), '[^A-Za-z.]', '', 'g')) || i || '@salons.example',
  jsonb_build_object('full_name', first[1 + (i * 7) % 40] || ' ' || last[1 + (i * 11) % 39]),
  today - make_interval(days => 1 + (i * 5) % 803, mins => (i * 37) % 600),
  greatest(today - make_interval(hours => (i * 13) % 200), today - make_interval(days => 1 + (i * 5) % 803, mins => (i * 37) % 600 - 30))
from word, generate_series(1, 320) i;

-- Everyone belongs to one salon; every eleventh also helps out in another.
create temp table member on commit drop as
select i as n, 1 + (i - 1) % 12 as salon, md5('user:' || i) as user_hash, role_name[1 + ((i - 1) / 12) % 10] as role, false as second
from word, generate_series(1, 320) i
union all
select i, 1 + (i + 4) % 12, md5('user:' || i), 'stylist', true from generate_series(11, 320, 11) i;

insert into public.core_relationships (id, organization_id, from_entity_id, to_entity_id, relationship_type, relationship_data, smart_code,
  effective_date, created_at, updated_at, created_by)
select md5('membership:' || n || ':' || salon)::uuid, md5('salon:' || salon)::uuid, user_hash::uuid::text, md5('salon:' || salon)::uuid::text,
  'USER_MEMBER_OF_ORG', jsonb_build_object('role', role, 'invited_by', 'onboarding'),
  case when n % 5 = 0 then 'HERA.UNIVERSAL.MEMBERSHIP.USER.V1' else 'HERA.AUTH.USER.MEMBERSHIP.v1' end,
  joined, joined, joined, 'onboarding'
from member, word, lateral (select today - make_interval(days => 1 + (n * 5) % 803 - second::int * 5, hours => 9) as joined) j;

insert into public.core_dynamic_data (id, organization_id, entity_id, field_name, field_type, field_value_text, field_value_json, smart_code,
  created_at, updated_at)
select md5(field || ':' || n || ':' || salon)::uuid, md5('salon:' || salon)::uuid, user_hash::uuid::text, field,
  case field when 'role' then 'text' else 'json' end,
  case field when 'role' then role end,
  case field when 'permissions' then case role when 'owner' then '["salon:all","billing:all"]'::jsonb
    when 'manager' then '["salon:manage","staff:manage"]' else '["calendar:own"]' end end,
  case field when 'role' then 'HERA.AUTH.USER.ROLE.v1' else 'HERA.AUTH.USER.PERMISSIONS.v1' end,
  today - make_interval(days => 1 + (n * 5) % 803), today - make_interval(days => (n * 3) % 20)
from member, word, unnest(array['role', 'permissions']) as field;

insert into public.staff (id, organization_id, user_id, display_name, title, commission_percent, hired_on)
select md5('staff:' || n)::uuid, md5('salon:' || salon)::uuid, user_hash::uuid,
  first[1 + (n * 7) % 40] || ' ' || left(last[1 + (n * 11) % 39], 1) || '.',
  (array['Stylist','Senior stylist','Colourist','Barber','Art director'])[1 + (n * 3) % 5],
  30 + (n * 7) % 15, (today - make_interval(days => 1 + (n * 5) % 803))::date
from member, word where role = 'stylist' and not second;

insert into public.services (id, organization_id, name, category, duration_minutes, price)
select md5('service:' || s || ':' || k)::uuid, md5('salon:' || s)::uuid, service[k], category[k], minutes[k], price[k] + (s * 3) % 7
from word, generate_series(1, 12) s, generate_series(1, 14) k;

insert into public.core_entities (id, organization_id, entity_type, entity_name, entity_code, smart_code, created_at, updated_at)
select id, organization_id, 'service', name, 'SVC-' || left(id::text, 8), 'HERA.SALON.SERVICE.CATALOGUE.v1',
  today - interval '700 days', today - interval '60 days'
from public.services, word
union all
select id, organization_id, 'employee', display_name, 'EMP-' || left(id::text, 8), 'HERA.SALON.STAFF.MEMBER.v1',
  hired_on, today - interval '30 days'
from public.staff, word
union all
select md5('product:' || s || ':' || k)::uuid, md5('salon:' || s)::uuid, 'product', product[k], 'PRD-' || lpad(k::text, 3, '0'),
  'HERA.SALON.PRODUCT.RETAIL.v1', today - interval '650 days', today - make_interval(days => k * 5)
from word, generate_series(1, 12) s, generate_series(1, 8) k;

insert into public.core_relationships (id, organization_id, from_entity_id, to_entity_id, relationship_type, relationship_data, smart_code,
  effective_date, created_at, updated_at, created_by)
select md5('offers:' || st.id || sv.id)::uuid, st.organization_id, st.id::text, sv.id::text, 'STAFF_OFFERS_SERVICE',
  jsonb_build_object('level', sv.category), 'HERA.SALON.STAFF.SERVICE.v1', st.hired_on, st.hired_on, st.hired_on, 'roster'
from public.staff st join public.services sv using (organization_id)
where ('x' || left(md5(st.id::text || sv.id::text), 4))::bit(16)::int % 3 <> 0;

insert into public.customers (id, organization_id, full_name, email, phone, marketing_opt_in, notes, created_at)
select md5('customer:' || i)::uuid, md5('salon:' || 1 + (i * 5) % 12)::uuid,
  first[1 + (i * 17) % 40] || ' ' || last[1 + (i * 23) % 39],
  case when i % 9 <> 0 then 'customer' || i || '@mail.example' end,
  '+31 6 ' || lpad(((i * 7919) % 100000000)::text, 8, '0'),
  i % 3 = 0,
  case i % 14 when 0 then 'Prefers mornings' when 5 then 'Allergic to ammonia' when 9 then 'Tea, no sugar' end,
  today - make_interval(days => (i * 29) % 700, mins => 540 + (i * 53) % 480)
from word, generate_series(1, 1500) i;

insert into public.appointments (organization_id, customer_id, staff_id, service_id, starts_at, ends_at, status, created_at)
select c.organization_id, c.id, st.id, sv.id, starts, starts + make_interval(mins => sv.duration_minutes),
  case when starts > today then 'booked' when i % 17 = 0 then 'no-show' when i % 13 = 0 then 'cancelled' else 'completed' end,
  least(starts - make_interval(days => 2 + i % 20), today - make_interval(mins => i % 900))
from word, generate_series(1, 3400) i
cross join lateral (select today + make_interval(days => 10 - (i * 31) % 130, hours => 9 + (i * 7) % 9, mins => 15 * (i % 4)) as starts) t
join public.customers c on c.id = md5('customer:' || 1 + (i * 271) % 1500)::uuid
cross join lateral (
  select id from public.staff s where s.organization_id = c.organization_id order by md5(s.id::text || i) limit 1
) st
cross join lateral (
  select id, duration_minutes from public.services s where s.organization_id = c.organization_id order by md5(s.id::text || i) limit 1
) sv
order by t.starts, i;

insert into public.invoices (organization_id, number, customer_id, appointment_id, issued_at, status, smart_code)
select organization_id, 'R' || to_char(ends_at, 'YY') || '-' || lpad((row_number() over (partition by organization_id order by id))::text, 5, '0'),
  customer_id, id, ends_at, case when id % 41 = 0 then 'void' when id % 19 = 0 then 'open' else 'paid' end,
  'HERA.ACCOUNTING.SALES.INVOICE.v2'
from public.appointments where status = 'completed' order by id;

insert into public.invoice_lines (invoice_id, line, description, quantity, unit_price)
select i.id, 1, s.name, 1, s.price
from public.invoices i join public.appointments a on a.id = i.appointment_id join public.services s on s.id = a.service_id
union all
select i.id, 2, product[1 + (i.id * 5) % 8], 1 + (i.id % 11 = 0)::int, 14 + (i.id * 3) % 22
from public.invoices i, word where i.id % 4 = 0;

analyze;
