-- purpose:   what goes along with a change of names: database $1 leaves the name (under which it is kept), $2 takes it
-- runs as:   owner, beside both; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: the same with the databases the other way round
-- $3: the name that is taken; $4: the name under which the other is kept; $5: the comment on what is kept.
with leaving as (
  select d.oid, pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
    (select substr(c.line, strpos(c.line, '=') + 1) from pg_catalog.pg_db_role_setting s cross join unnest(s.setconfig) as c(line)
      where s.setdatabase = d.oid and s.setrole = 0 and c.line like 'default\_transaction\_read\_only=%') as read_only
  from pg_catalog.pg_database d where d.oid = $1::oid
), statements as (
  -- Whatever the name's database said of itself goes along with the name.
  select 1 as part, pg_catalog.format('comment on database %I is %L', $3::text, comment) as statement from leaving
  union all
  select 2, case when read_only is null then pg_catalog.format('alter database %I reset default_transaction_read_only', $3::text)
    else pg_catalog.format('alter database %I set default_transaction_read_only to %L', $3::text, read_only) end from leaving
  union all
  select 3, pg_catalog.format('comment on database %I is %L', $4::text, $5::text)
  union all
  select 4, pg_catalog.format('alter database %I set default_transaction_read_only to %L', $4::text, 'on')
)
select statement from statements where $2::oid is not null order by part
