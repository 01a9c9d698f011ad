import fc from 'fast-check'
import { loadModule, scanSync } from 'libpg-query'
import { beforeAll, describe, expect, it } from 'vitest'
import { boundStatement, longestStatement, redactStatement } from '#lib/guards/redact-statement.ts'

describe('redactStatement', () => {
  it.each([
    ["delete from member where email = 'ann@example.com'", 'delete from member where email = $1'],
    [
      'delete from a where id in (1, 2.5, .5, 1e-7, 0x1F, 1_000) and b = $1',
      'delete from a where id in ($2, $3, $4, $5, $6, $7) and b = $1',
    ],
    ["select E'it\\'s', n'x', b'01', X'1F', U&'\\0041' from t", 'select $1, $2, $3, $4, $5 from t'],
    ["do $body$ begin delete from a where b = 'x'; end $body$", 'do $1'],
    [`select $$a$b$$ , a$b$c, "it's 5" from t1`, `select $1 , a$b$c, "it's 5" from t1`],
    [
      '/* token=abc /* 1 */ */ delete from a -- ann@example.com\nwhere b is null or c = true',
      'delete from a  \nwhere b is null or c = true',
    ],
    ["select 'a'\n  'b', 'it''s'", 'select $1, $2'],
    ['update t set a = -5, b = \'{"k": 1}\'::jsonb', 'update t set a = -$1, b = $2::jsonb'],
  ])('%s', (statement, redacted) => {
    expect(redactStatement(statement)).toBe(redacted)
  })

  it('lets nothing through after what one server setting ends and another does not', () => {
    expect(redactStatement("select 'it\\'s secret', a from t")).toBe('select $1')
    expect(redactStatement("delete from t where name = 'O'Brien' and a = 1")).not.toContain('Brien')
  })

  it('is bounded, also where the cut falls into a character', () => {
    expect(redactStatement(`delete from ${'a'.repeat(9_000)}`)).toHaveLength(longestStatement)
    expect(boundStatement(`${'a'.repeat(longestStatement - 2)}😀😀`)).toMatch(/a…$/)
  })
})

/** Text that can be told from anything that a statement may keep. */
const secret = fc.stringMatching(/^[a-z ]{0,4}$/).map((filler) => `SECRET${filler}SECRET`)
const noise = fc.constantFrom("''", '', '--', '/*', '"', '$', '$$', ' ; ', '\n', '*/', 'é', '😀', '1')
const inside = fc.tuple(noise, secret, noise).map((parts) => parts.join(''))
const literal = fc.oneof(
  inside.map((text) => `'${text}'`),
  inside.map((text) => `E'\\'${text}\\\\'`),
  inside.map((text) => `e'${text}'\n'\\'${text}'`),
  inside.map((text) => `U&'${text}'`),
  inside.map((text) => `n'${text}'`),
  inside.map((text) => `$a1$${text}$a1$`),
  inside.map((text) => `$$${text.replaceAll('$', '')}$$`),
  inside.map((text) => `'${text}'\n\n'${text}'`),
  secret.map((text) => `-- ${text}\n`),
  secret.map((text) => `/* /* '${text} */ " */`),
  fc.constantFrom('4815162342', '0.4815162342', '4815162342e+4815162342', '0x4815162342', '.4815162342'),
)
const kept = fc.constantFrom(
  'delete from',
  'where',
  ' "a ""b"" c" ',
  'null',
  'true',
  '$3',
  'a$b$c',
  '(',
  ')',
  '::text',
  '=',
  '-',
  '/',
  ',',
  '<@',
  'and',
  'é',
  'x',
  'e',
  'u&"d"',
  '||',
)
const statement = fc
  .array(fc.oneof(literal, kept), { minLength: 1, maxLength: 12 })
  .map((parts) => `select ${parts.join(' ')}`)
const constants = /^([SIF]CONST|SQL_COMMENT|C_COMMENT)$/
/** The scanner names not all of them. */
const isConstant = ({ tokenName, text }: { tokenName: string; text: string }): boolean =>
  constants.test(tokenName) || /^(u&|x|b)'/i.test(text)
const survives = /SECRET|4815162342/

describe('redactStatement, on whatever comes', () => {
  beforeAll(loadModule)

  it('lets no literal and no comment survive', () => {
    fc.assert(
      fc.property(statement, (text) => {
        expect(redactStatement(text)).not.toMatch(survives)
      }),
      { numRuns: 3_000 },
    )
  })

  it('lets none survive where the statement was cut', () => {
    fc.assert(
      fc.property(statement, fc.nat(), (text, cut) => {
        expect(redactStatement(text.slice(0, cut % (text.length + 1)))).not.toMatch(/SECRE|4815/)
      }),
      { numRuns: 3_000 },
    )
  })

  it("leaves nothing that PostgreSQL's own scanner calls a constant, and every name as it was", () => {
    fc.assert(
      fc.property(statement, (text) => {
        const tokens = scanSync(redactStatement(text)).tokens
        expect(tokens.filter(isConstant)).toEqual([])
        const names = (from: typeof tokens) =>
          from.filter((token) => !isConstant(token) && token.tokenName !== 'PARAM').map((token) => token.text)
        const wanted = names(scanSync(text).tokens).filter((name) => !/^[nN]$/.test(name))
        expect(names(tokens)).toEqual(wanted)
      }),
      { numRuns: 1_000 },
    )
  })

  it('never throws and is the same the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const once = redactStatement(text)
        expect(redactStatement(once)).toBe(once)
      }),
      { numRuns: 2_000 },
    )
  })
})
