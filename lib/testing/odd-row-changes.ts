/** A single change, and what must be said about it: a difference’s kind and part of its subject. */
export type OddChange = readonly [what: string, change: string, named: RegExp]

/** Changes to the odd database’s rows and large objects. One may show in several places; each of them must name it. */
export const oddRowChanges: readonly OddChange[] = [
  [
    'one value',
    `update public."e""mail" set exact = exact + 1e-15 where id = 7`,
    /^checksum public."e""mail"$/,
  ],
  [
    'a null for an empty text',
    `update odd.texts set value = null where class = 'empty'`,
    /^checksum odd.texts$/,
  ],
  [
    'zero for minus zero',
    `update public."e""mail" set amount = 0 where amount = 0`,
    /^checksum public."e""mail"$/,
  ],
  [
    'the scale of a number in a document',
    `update public."e""mail" set document = replace(document::text, '1.10', '1.1')::jsonb`,
    /^checksum public."e""mail"$/,
  ],
  [
    'a number over 2^53 in a document',
    `update public."e""mail" set document = replace(document::text, '9007199254740994', '9007199254740992')::jsonb`,
    /^checksum public."e""mail"$/,
  ],
  [
    'the order of keys in json',
    `update public."e""mail" set written = '{"a": 1, "b": 1}' where id = 7`,
    /^checksum public."e""mail"$/,
  ],
  [
    'a microsecond',
    `update public."e""mail" set at = at + interval '1 microsecond' where id = 10`,
    /^checksum public."e""mail"$/,
  ],
  [
    'the end of time for infinity',
    `update public."e""mail" set local = '294276-12-31 23:59:59' where local = 'infinity'`,
    /^checksum public."e""mail"$/,
  ],
  [
    'a byte',
    `update odd.texts set blob = set_byte(blob, 255, 0) where class = 'every byte'`,
    /^checksum odd.texts$/,
  ],
  [
    'the order in an array',
    `update odd.every_type set matrix = '{{2,1},{3,null}}' where id = 1`,
    /^checksum odd.every_type$/,
  ],
  [
    'the lower bound of an array',
    `update odd.every_type set shifted = '{1,2,3}' where id = 1`,
    /^checksum odd.every_type$/,
  ],
  [
    'the case of a citext',
    `update public."e""mail" set handle = upper(handle::text)::odd.citext where id = 7`,
    /^checksum public."e""mail"$/,
  ],
  [
    'a value that its collation holds for equal',
    `update odd.every_type set language = 'äpfel' where id = 2`,
    /^checksum odd.every_type$/,
  ],
  [
    'a trailing space',
    `update odd.texts set value = value || ' ' where class = 'json'`,
    /^checksum odd.texts$/,
  ],
  [
    'a null within a composite',
    `update public."e""mail" set spot = row(null, null, null)::odd.spot where id = 7`,
    /^checksum public."e""mail"$/,
  ],
  ['a lost row', `delete from odd.members where person = 4`, /^rows odd.members$/],
  [
    'a lost row without columns',
    `delete from odd.no_columns where ctid = (select min(ctid) from odd.no_columns)`,
    /^rows odd.no_columns$/,
  ],
  [
    'a doubled row for another doubled row',
    `update odd.keyless set a = 3, b = 'x' where b = 'twice'`,
    /^checksum odd.keyless$/,
  ],
  [
    'two values exchanged between rows',
    `update odd."%s" set "dot.ted" = case "%" when 1 then '..' else '.' end`,
    /^checksum odd."%s"$/,
  ],
  [
    'a row in the parent instead of the child',
    `delete from only odd.child where id = 3; insert into odd.parent values (3, 'child')`,
    /^rows odd.(child|parent)$/,
  ],
  [
    'a lost table',
    `drop table odd.unlogged`,
    /^(missing|constraint .* on|definition .*) ?odd.unlogged|^definition (column|index|table) .*unlogged/,
  ],
  ['a table too many', `create table odd.more (id int)`, /^(unexpected odd.more|definition column odd.more)/],
  // Large objects
  ['a lost large object', `select lo_unlink(70001)`, /^large-objects large objects$/],
  ['a lost large object that was empty', `select lo_unlink(70002)`, /^large-objects large objects$/],
  ['one byte of a large object', `select lo_put(70003, 5000, '\\x00')`, /^large-objects large objects$/],
  [
    'the contents of two pages exchanged',
    `do $$
      declare
        first bytea := lo_get(70003, 0, 2048);
      begin
        perform lo_put(70003, 0, lo_get(70003, 2048, 2048)), lo_put(70003, 2048, first);
      end
    $$`,
    /^large-objects large objects$/,
  ],
  [
    'a zero less at the end of one large object and more at that of another',
    `do $$
      begin
        perform lo_truncate(lo_open(70001, 131072), 2), lo_put(70002, 0, '\\x00');
      end
    $$`,
    /^large-objects large objects$/,
  ],
  ['a longer large object', `select lo_put(70002, 10, '\\x00')`, /^large-objects large objects$/],
  [
    'another number for a large object',
    `update pg_largeobject_metadata set oid = 70009 where oid = 70002`,
    /^large-objects large objects$/,
  ],
]
