-- purpose:   what became of these permits: used by whom with how many rows, or past their time and opened by nobody
-- runs as:   guard owner
-- locks:     the rows of the permits whose time is over, until the transaction ends; one that is in use is passed over
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
--
-- $1 the permits' ids
with used as (
  select p.id, 'used' as state, p.used_rows as rows, p.opened_at as at,
    concat_ws(' · ', p.opened_by, s.application_name, s.client_address) as by
  from holdfast.permits p
  left join lateral (
    select j.application_name, j.client_address from holdfast.journal_statements j
    where j.transaction_id = p.transaction_id and j.permit_id = p.id limit 1
  ) s on true
  where p.id = any ($1::uuid[]) and p.transaction_id is not null
), expired as (
  select p.id from holdfast.permits p
  where p.id = any ($1::uuid[]) and p.transaction_id is null and p.expires_at <= clock_timestamp()
  for update skip locked
)
select u.id, u.state, u.rows, u.at, u.by from used u
union all
select e.id, 'expired', 0, null, null from expired e
