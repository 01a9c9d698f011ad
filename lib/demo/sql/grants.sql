-- purpose:   what a demo's application may do (read and write rows, nothing else), and whose its tables are
-- runs as:   whoever made the demo database; demo.application and demo.owner name the roles
-- locks:     none that matter; the database is new
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
do $$
declare
  application text := current_setting('demo.application');
  owner text := current_setting('demo.owner');
  place text;
  relation regclass;
begin
  for place in select quote_ident(nspname) from pg_namespace where nspname !~ '^(pg_|information_schema$)'
  loop
    execute format('grant usage on schema %s to %I', place, application);
    execute format('grant select, insert, update, delete on all tables in schema %s to %I', place, application);
    execute format('grant usage on all sequences in schema %s to %I', place, application);
    if owner <> '' then
      execute format('grant usage, create on schema %s to %I', place, owner);
    end if;
  end loop;
  if owner <> '' then
    for relation in
      select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p')
    loop
      execute format('alter table %s owner to %I', relation, owner);
    end loop;
  end if;
end
$$;
