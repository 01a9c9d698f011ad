-- purpose:   takes from a restored copy what could reach other databases: the credentials for foreign servers
-- runs as:   superuser of the drill server, in the scratch database
-- locks:     the mappings' own
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
end
$body$
