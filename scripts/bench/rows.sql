-- purpose:   the tables of the rows bench: orders of about a hundred bytes, and relationships as the team had them whose recovery loops are the baseline
-- runs as:   superuser of a throw-away server, in an empty database
-- locks:     what creating takes
-- versions:  PostgreSQL 14 and later
-- undone by: dropping the database
create schema bench;
create table bench.orders (
  id bigint not null, customer_id int not null, status text not null, amount numeric(12, 2), at timestamptz not null, note text
);
create table bench.lossy (
  id uuid not null, organization_id uuid not null, from_entity_id uuid not null, to_entity_id uuid not null,
  relationship_type text not null, relationship_direction text, relationship_strength numeric, relationship_data jsonb,
  smart_code text, smart_code_status text, ai_confidence numeric, ai_classification text, ai_insights jsonb,
  business_logic jsonb, validation_rules jsonb, is_active boolean not null, effective_date timestamptz,
  expiration_date timestamptz, created_at timestamptz not null, updated_at timestamptz not null,
  created_by uuid, updated_by uuid, version int not null, number int not null
);
