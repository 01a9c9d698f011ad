-- purpose:   the tables of the rows bench: orders of about a hundred bytes with a second index
-- runs as:   superuser of a throw-away server, in an empty database
-- locks:     what creating takes
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create schema bench;
create table bench.orders (
  id bigint not null, customer_id int not null, status text not null, amount numeric(12, 2), at timestamptz not null, note text
);
