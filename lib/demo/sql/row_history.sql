-- purpose:   how many rows each of the demo's tables had in the past, from the rows' own dates
-- runs as:   the demo database's owner
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
with moment as (
  select generate_series(now() - interval '14 days', now() - interval '1 day 30 minutes', '1 hour') as at
  union all
  select generate_series(now() - interval '1 day', now() - interval '10 minutes', '10 minutes')
), born as (
  select 'auth.users' as "table", created_at from auth.users
  union all select 'public.core_organizations', created_at from public.core_organizations
  union all select 'public.core_relationships', created_at from public.core_relationships
  union all select 'public.core_dynamic_data', created_at from public.core_dynamic_data
  union all select 'public.core_entities', created_at from public.core_entities
  union all select 'public.staff', hired_on from public.staff
  union all select 'public.services', timestamptz 'epoch' from public.services
  union all select 'public.customers', created_at from public.customers
  union all select 'public.appointments', created_at from public.appointments
  union all select 'public.invoices', issued_at from public.invoices
  union all select 'public.invoice_lines', i.issued_at from public.invoice_lines l join public.invoices i on i.id = l.invoice_id
), mark as (
  -- Births and moments in one line: the running sum at a moment is how many were born by then.
  select b."table", b.created_at as at, 1 as born, false as is_moment from born b
  union all
  select t."table", m.at, 0, true from moment m cross join (select distinct "table" from born) t
), counted as (
  select k."table", k.at, k.is_moment, sum(k.born) over (partition by k."table" order by k.at, k.is_moment)::int as rows from mark k
)
select c.at, c."table", c.rows from counted c where c.is_moment order by c.at, c."table"
