-- purpose:   what keeps these databases from being renamed, or belongs to the database itself and not to its name
-- runs as:   owner, beside the databases
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select 'prepared transaction' as kind, p.gid as name, p.database as database from pg_catalog.pg_prepared_xacts p
where p.database = any ($1::text[])
union all
select 'subscription', s.subname, d.datname from pg_catalog.pg_subscription s
join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = any ($1::text[]) and s.subenabled
union all
select 'replication slot', s.slot_name, s.database from pg_catalog.pg_replication_slots s where s.database = any ($1::text[])
order by 1, 2
