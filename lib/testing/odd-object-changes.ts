import type { OddChange } from '#lib/testing/odd-row-changes.ts'

/** Changes to the odd database's types, routines, extensions and the rest that belongs to no table. */
export const oddObjectChanges: readonly OddChange[] = [
  // Types and routines
  [
    'a label that no value has',
    `alter type odd.mood add value 'very ill' after 'ill'`,
    /^definition enum odd.mood/,
  ],
  ['a domain that may be null', `alter domain odd.positive drop not null`, /^definition domain odd.positive/],
  [
    'what a domain begins with',
    `alter domain odd.positive set default 2`,
    /^definition domain-details odd.positive/,
  ],
  [
    'how far apart a range’s ends are',
    `update pg_range set rngsubdiff = 0 where rngtypid = 'odd.float_span'::regtype`,
    /^definition range odd.float_span/,
  ],
  [
    'a collation more',
    `create collation odd.more (provider = icu, locale = 'de')`,
    /^definition collation odd.more/,
  ],
  [
    'a dictionary that lets words pass',
    `alter text search dictionary odd.plain_words (accept = false)`,
    /^definition text-search-dictionary odd.plain_words/,
  ],
  [
    'another label',
    `alter type odd.mood rename value 'ill' to 'Ill'`,
    /^(definition (enum odd.mood|column public."e""mail".mood)|checksum public."e""mail"$)/,
  ],
  [
    'a lost rule of a domain',
    `alter domain odd.tags drop constraint tags_check`,
    /^definition domain(-details)? odd.tags/,
  ],
  [
    'an attribute more',
    `alter type odd.point_of_view add attribute n int`,
    /^definition composite odd.point_of_view/,
  ],
  [
    'a changed body',
    `create or replace function odd.touch() returns trigger language plpgsql as $$begin return new; end$$`,
    /^definition routine odd.touch/,
  ],
  [
    'a changed body of standard SQL',
    `create or replace function odd.standard(a int, b numeric default 1.5) returns numeric language sql stable begin atomic select a + coalesce(b, 1) where a in (1, 2, 3) or a between 10 and 20; end`,
    /^definition routine-details odd.standard/,
  ],
  [
    'whose rights a function has',
    `alter function odd.many() security invoker`,
    /^definition routine odd.many/,
  ],
  [
    'a promise of a function',
    `alter function odd.quoted(int) volatile`,
    /^definition routine-details odd.quoted/,
  ],
  [
    'what an aggregate begins with',
    `create or replace aggregate odd.total(int) (sfunc = odd.add_up, stype = int, initcond = '6')`,
    /^definition aggregate odd.total/,
  ],
  ['a lost operator', `drop operator odd.~~= (float8, float8)`, /^definition operator odd.~~=/],
  ['a lost cast', `drop cast (odd.point_of_view as text)`, /^definition cast odd.point_of_view/],
  [
    'how words are looked up',
    `alter text search configuration odd.words alter mapping for asciiword with pg_catalog.simple`,
    /^definition text-search-configuration odd.words/,
  ],
  // The rest
  [
    'a lost extension',
    `drop extension pg_trgm cascade`,
    /^(extension extension pg_trgm|definition index .*gin_trgm_ops)/,
  ],
  [
    'an extension in another schema',
    `alter extension pg_trgm set schema public`,
    /^(extension extension pg_trgm|definition index .*gin_trgm_ops)/,
  ],
  [
    'a foreign server more',
    `create server more foreign data wrapper postgres_fdw`,
    /^definition foreign-server more/,
  ],
  [
    'a foreign table more',
    `create foreign table odd.more () server "odd ;-- server"`,
    /^definition foreign-table odd.more/,
  ],
  [
    'another column of a foreign table',
    `alter foreign table odd.far_away alter id options (set column_name 'id')`,
    /^definition other-column odd.far_away.id/,
  ],
  [
    'a lost foreign server',
    `drop server "odd ;-- server" cascade`,
    /^definition (foreign-server|foreign-table|other-column) /,
  ],
  [
    'a lost comment',
    `comment on column public."bazaar-vid_user"."select" is null`,
    /^definition comment on table column public."bazaar-vid_user"."select"/,
  ],
  ['a lost conversion', `drop conversion odd.converted`, /^definition conversion odd.converted/],
  ['a schema more', `create schema more`, /^definition schema more/],
]
