-- purpose:   the statement that makes an empty database with the owner, encoding, sorting and tablespace of another one
-- runs as:   owner, beside both; reads the catalog only
-- locks:     none
-- versions:  PostgreSQL 14 and later (locale providers since 15, ICU rules since 16, the builtin provider since 17)
-- undone by: drop database
with source as (
  select d.*, pg_catalog.to_jsonb(d) as fields, t.spcname from pg_catalog.pg_database d
  join pg_catalog.pg_tablespace t on t.oid = d.dattablespace where d.datname = $1
), words as (
  select s.*, coalesce(fields ->> 'datlocprovider', 'c') as provider, coalesce(fields ->> 'datlocale', fields ->> 'daticulocale') as locale
  from source s
)
select pg_catalog.concat_ws(' ',
  pg_catalog.format('create database %I template template0 owner %I encoding %L lc_collate %L lc_ctype %L', $2::text,
    pg_catalog.pg_get_userbyid(datdba), pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype),
  case when fields ? 'datlocprovider' then
    'locale_provider ' || case provider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end end,
  case provider when 'i' then pg_catalog.format('icu_locale %L', locale) when 'b' then pg_catalog.format('builtin_locale %L', locale) end,
  case when fields ->> 'daticurules' is not null then pg_catalog.format('icu_rules %L', fields ->> 'daticurules') end,
  case when spcname <> 'pg_default' then pg_catalog.format('tablespace %I', spcname) end
) as statement
from words
