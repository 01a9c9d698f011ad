-- purpose:   what the guarded tables are now, as far as DDL may not change it: name, owner, parents, columns, guard triggers
-- runs as:   guard owner; called by the guard's own functions only
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: plan_removal.sql
create or replace function holdfast.describe_tables() returns jsonb
language plpgsql stable security definer set search_path = '' as $body$
begin
  -- Not a SQL function: those are planned anew by each call, 1 ms of every ALTER TABLE.
  return (
    select jsonb_object_agg(c.oid, jsonb_build_object(
      'name', format('%I.%I', n.nspname, c.relname),
      'owner', c.relowner,
      'unlogged', c.relpersistence = 'u',
      'parents', (select coalesce(jsonb_agg(i.inhparent order by i.inhparent), '[]') from pg_catalog.pg_inherits i where i.inhrelid = c.oid),
      'columns', (
        select coalesce(jsonb_object_agg(a.attnum, jsonb_build_object('name', a.attname, 'type', a.atttypid, 'modifier', a.atttypmod)), '{}')
        from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      ),
      'guards', (
        -- 'O' and 'A' both fire in ordinary sessions.
        select coalesce(jsonb_object_agg(t.tgname, jsonb_build_array(
          t.tgenabled in ('O', 'A'), t.tgfoid, t.tgtype, t.tgqual, t.tgoldtable
        )), '{}')
        from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
        join pg_catalog.pg_namespace h on h.oid = p.pronamespace
        where t.tgrelid = c.oid and h.nspname = 'holdfast' and not t.tgisinternal
      )
    ))
    from holdfast.guarded_tables g
    join pg_catalog.pg_class c on c.oid = g.relation
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  );
end
$body$;
revoke all on function holdfast.describe_tables() from public;
