import { describe, expect, it } from 'vitest'
import { canonicalDefinition } from '#lib/facts/canonical-definition.ts'

const same = (a: string, b: string): boolean => canonicalDefinition(a) === canonicalDefinition(b)

describe('canonicalDefinition', () => {
  it.each([
    [
      `CHECK (((status)::text = ANY ((ARRAY['on'::character varying, 'off'::character varying])::text[])))`,
      `CHECK (((status)::text = ANY (ARRAY[('on'::character varying)::text, ('off'::character varying)::text])))`,
    ],
    [`((a)::numeric(10,2) + (b)::double precision)`, `(a + b)`],
    [`('x'::"My Type".odd."T y"[] = c)`, `(('x')::text[] = c)`],
    [`(at)::timestamp(3) without time zone`, `at`],
    [`('1 day'::interval day to second(3) < span)`, `('1 day' < span)`],
    [`lower((("e mail"))::text)`, `lower("e mail")`],
    [`(f(x))::text`, `f(x)`],
    [`((a.b)[1])::text`, `(a.b)[1]`],
  ])('does not tell %s from %s', (a, b) => expect(same(a, b)).toBe(true))

  it.each([
    ['(a AND (b OR c))', '((a AND b) OR c)'],
    ['(a - (b - c))', '((a - b) - c)'],
    ['((NOT a) = b)', '(NOT (a = b))'],
    [`'a b'`, `'ab'`],
    [`'(x)'`, `'x'`],
    [`'a::text'`, `'a'`],
    [`E'it\\'s ::text'`, `E'it\\'s '`],
    [`'it''s'`, `'it' 's'`],
    ['"a b"', 'ab'],
    ['a ~~ b', 'a ~ b'],
    ['f(a, b)', 'f(a), b'],
    [`ARRAY['a', 'b']`, `ARRAY['a,b']`],
    ['(a < 10)', '(a <= 10)'],
    ['x IN (1, 2)', 'x IN (12)'],
    ["comment on table a: 'sad :('", "comment on table a: 'sad :'"],
  ])('tells %s from %s', (a, b) => expect(same(a, b)).toBe(false))

  it('bears any text', () => {
    for (const text of ["it's", '(', ')))', '"', '::', 'x::', '((', "E'", '[', '', "options of a: b='"])
      expect(typeof canonicalDefinition(text)).toBe('string')
  })
})
