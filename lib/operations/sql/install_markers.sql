-- purpose:   the table in which a guarded act leaves its mark in its own transaction; safe to run again
-- runs as:   restore (needs CREATE on the database when the schema is not there yet)
-- locks:     none on tables of the application
-- versions:  PostgreSQL 14 and later
-- undone by: remove_markers.sql

do $$
begin
  -- "if not exists" asks for the privilege even where the schema exists, so look first.
  if to_regnamespace('holdfast') is null then
    create schema holdfast;
    revoke all on schema holdfast from public;
  end if;
  if to_regclass('holdfast.operation_markers') is null then
    create table holdfast.operation_markers (
      operation_id uuid primary key,
      fingerprint text not null,
      result jsonb not null,
      committed_at timestamptz not null default clock_timestamp()
    );
    revoke all on table holdfast.operation_markers from public;
  end if;
end
$$;
