-- purpose:   the database of the archives' bench: one dominant table of text, numbers, jsonb and random tokens, and small ones beside it
-- runs as:   superuser of the bench's own throw-away server
-- locks:     none
-- versions:  PostgreSQL 14 and later
-- undone by: the server's end
create table public.words (id int primary key, word text not null);
-- Common words are common: the letters of a number, as many as a word has.
insert into public.words
select n, translate(to_char(n * 7919 % 65536, 'FMXXXX'), '0123456789ABCDEF', 'etaoinshrdlcumwf') || case when n % 3 = 0 then 'ing' when n % 7 = 0 then 'tion' else '' end
from generate_series(1, 4000) n;
create table public.customers (id int primary key, email text not null, name text not null, country text not null);
create table public.orders (
  id bigint primary key, customer_id int not null, placed_at timestamptz not null, status text not null, amount numeric(12, 2) not null,
  token uuid not null, note text not null, document jsonb not null
);
