-- purpose:   the guard's shared functions, tables and event triggers as they are, to compare with what they should be
-- runs as:   guard owner or watch
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: nothing to undo
select
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', p.proname, 'body', p.prosrc, 'securityDefiner', p.prosecdef, 'settings', p.proconfig
    )), '[]')
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'holdfast' and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
  ) as functions,
  (
    select coalesce(jsonb_agg(c.relname), '[]')
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'holdfast' and c.relkind in ('r', 'p')
  ) as tables,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', e.evtname, 'enabled', e.evtenabled, 'calls', p.proname, 'event', e.evtevent, 'tags', e.evttags
    )), '[]')
    from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc p on p.oid = e.evtfoid
    where e.evtname like 'holdfast\_%'
  ) as "eventTriggers",
  exists (
    select from pg_catalog.pg_roles r where r.rolname = 'holdfast_evidence_' || left(md5(current_database()), 8)
      and has_table_privilege(r.oid, to_regclass('holdfast.refused_attempts'), 'insert')
  ) and to_regclass('holdfast.evidence_link') is not null as "hasEvidence",
  (
    -- Making the extension takes a superuser; where it is there already, making the role takes CREATEROLE.
    select r.rolsuper or r.rolcreaterole and exists (
      select from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      where e.extname = 'dblink' and n.nspname = 'holdfast'
    )
    from pg_catalog.pg_roles r where r.rolname = current_user
  ) as "mayMakeEvidence",
  (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as "isSuperuser",
  (select coalesce(jsonb_agg(p.pubname order by p.pubname), '[]') from pg_catalog.pg_publication p where p.puballtables) as "publishesAll",
  -- Where a database or role starts sessions in replica mode, no ordinary trigger fires there; from 17 event triggers can be off.
  (
    select coalesce(jsonb_agg(coalesce(d.datname, 'every database') || ' / ' || coalesce(r.rolname, 'every role')), '[]')
    from pg_catalog.pg_db_role_setting s
    left join pg_catalog.pg_database d on d.oid = s.setdatabase
    left join pg_catalog.pg_roles r on r.oid = s.setrole
    where (s.setdatabase = 0 or d.datname = current_database())
      and exists (select from unnest(s.setconfig) as c (setting) where c.setting ~ '^session_replication_role=(replica|local)|^event_triggers=(off|false|no|0)')
  ) as "replicaDefaults"
