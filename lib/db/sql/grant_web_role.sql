-- purpose:   what the web processes' login role may do in the control database; safe to run again
-- runs as:   the control database's owner, after every migration, with the role's name in holdfast.web_role
-- locks:     brief access exclusive on nothing; grants lock the catalog rows of each table
-- versions:  PostgreSQL 14 and later
-- undone by: drop owned by <role>; drop role <role>

do $$
declare
  web text := current_setting('holdfast.web_role');
  closed_table text;
begin
  execute format('grant connect on database %I to %I', current_database(), web);
  revoke create on schema public from public;
  execute format('grant usage on schema public to %I', web);
  execute format('grant select, insert, update, delete on all tables in schema public to %I', web);
  execute format('grant usage, select on all sequences in schema public to %I', web);

  -- A taken-over web process reads no credential and no audit key, and writes no record but through the chain.
  foreach closed_table in array array['audit_keys', 'target_credentials', 'store_credentials', 'channel_secrets'] loop
    execute format('revoke all on public.%I from %I', closed_table, web);
  end loop;
  foreach closed_table in array array['audit_entries', 'audit_head', 'target_credentials', 'store_credentials', 'archive_stores', 'audit_keys', 'sealing_keys'] loop
    execute format('revoke insert, update, delete, truncate on public.%I from %I', closed_table, web);
  end loop;
  -- Operations, accounts, proofs and targets are written under the rules of triggers, and never taken away or made older.
  foreach closed_table in array array['operations', 'operation_events', 'users', 'sessions', 'step_ups', 'installation', 'targets', 'policies'] loop
    execute format('revoke delete, truncate on public.%I from %I', closed_table, web);
  end loop;
  execute format('revoke update on public.operation_events, public.step_ups from %I', web);
  -- Nor is what happened, and who was told of it.
  foreach closed_table in array array['alerts', 'alert_events', 'incidents', 'incident_events', 'deliveries', 'delivery_attempts', 'schema_versions'] loop
    execute format('revoke delete, truncate on public.%I from %I', closed_table, web);
  end loop;
  execute format('revoke update on public.alert_events, public.incident_events from %I', web);
  -- What was found healthy or not, only the worker says; each partition is a table of its own.
  for closed_table in select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and relname ~ '^(health_(log|minutes|hours|days|states|turns)|row_counts)' loop
    execute format('revoke insert, update, delete, truncate on public.%I from %I', closed_table, web);
  end loop;
  execute format('revoke insert, update on public.installation, public.policies from %I', web);
  -- It may hand over a channel's secret, sealed, and never read one back.
  execute format('grant insert on public.channel_secrets to %I', web);
  execute format('grant execute on function holdfast_approve_operation(uuid, text, uuid) to %I', web);
  execute format(
    'grant execute on function holdfast_append_audit(text, text, text, text, text, text, jsonb), holdfast_verify_audit() to %I',
    web
  );

  execute format('grant usage on schema drizzle to %I', web);
  execute format('grant select on all tables in schema drizzle to %I', web);
  execute format('grant usage on schema pgboss to %I', web);
  execute format('grant select, insert, update, delete on all tables in schema pgboss to %I', web);
  execute format('grant usage, select on all sequences in schema pgboss to %I', web);
  execute format('grant execute on all functions in schema pgboss to %I', web);
  execute format(
    'alter default privileges in schema pgboss grant select, insert, update, delete on tables to %I', web
  );
end
$$;
