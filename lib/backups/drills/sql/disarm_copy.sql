-- purpose:   takes from a copy, before its data come, what could reach other machines: foreign servers, their credentials, functions that connect
-- runs as:   superuser of the drill server, in the scratch database
-- locks:     the catalogs' own
-- versions:  PostgreSQL 14 and later
-- undone by: nothing; the database is thrown away
do $body$
declare
  mapping record;
begin
  for mapping in select usename, srvname, umuser from pg_catalog.pg_user_mappings loop
    execute format('drop user mapping for %s server %I',
      case when mapping.umuser = 0 then 'public' else quote_ident(mapping.usename) end, mapping.srvname);
  end loop;

  -- Written to the catalog itself: it holds for every kind of function and wrapper, whoever owns it. A call fails with the
  -- name below in its message, by which a restore knows that the archive wanted to reach out.
  update pg_catalog.pg_proc f
  set prolang = (select oid from pg_catalog.pg_language where lanname = 'internal'), prosrc = 'holdfast_inert_copy', probin = null
  from pg_catalog.pg_depend d
  join pg_catalog.pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.oid
    and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'
    and f.prolang in (select oid from pg_catalog.pg_language where lanname in ('c', 'sql', 'plpgsql') or not lanpltrusted)
    and (
      e.extname in ('adminpack', 'amqp', 'aws_commons', 'aws_lambda', 'aws_s3', 'azure_storage', 'dblink', 'google_ml_integration',
        'http', 'pg_background', 'pg_curl', 'pg_task', 'pgsql_http', 'plproxy', 'plsh', 'wrappers')
      or exists (
        select from pg_catalog.pg_depend w
        where w.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass and w.refobjid = e.oid and w.deptype = 'e'
      )
    );
  update pg_catalog.pg_foreign_data_wrapper set fdwhandler = 0 where fdwhandler <> 0;
  update pg_catalog.pg_foreign_server set srvoptions = null where srvoptions is not null;
  -- Languages that may do all that the server's account may.
  update pg_catalog.pg_language set lanplcallfoid = 0, laninline = 0
  where not lanpltrusted and lanname not in ('internal', 'c');
end
$body$
