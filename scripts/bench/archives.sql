-- purpose:   the database of the archives' bench: one dominant table of text, numbers, jsonb and random tokens, and small ones beside it
-- runs as:   superuser of the bench's own throw-away server
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: the server's end
create table public.words (id int primary key, word text not null);
-- Words of three to ten letters, the frequent letters more frequent.
insert into public.words
select n, translate(substr(md5(n::text), 1, 3 + n % 8), '0123456789abcdef', 'etaoinshrdlueaot') from generate_series(1, 4000) n;
create table public.customers (id int primary key, email text not null, name text not null, country text not null);
create table public.orders (
  id bigint primary key, customer_id int not null, placed_at timestamptz not null, status text not null, amount numeric(12, 2) not null,
  token uuid not null, note text not null, document jsonb not null
);
