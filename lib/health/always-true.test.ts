import { describe, expect, it } from 'vitest'
import { isAlwaysTrue } from '#lib/health/always-true.ts'

describe('an expression of a policy', () => {
  it.each([
    'true',
    '(true)',
    '(1 = 1)',
    "('a'::text = 'a'::text)",
    '(id = id)',
    '((owner = CURRENT_USER) OR true)',
    '((1 = 1) AND ((2)::bigint = (2)::bigint))',
    '(NOT false)',
    '(NOT (id IS DISTINCT FROM id))',
    "(((name = ') OR true'::text)) OR (3 >= 3))",
  ])('%s lets every row pass', (expression) => {
    expect(isAlwaysTrue(expression)).toBe(true)
  })

  it.each([
    null,
    'false',
    '(1 = 2)',
    '(owner = CURRENT_USER)',
    '((owner = CURRENT_USER) AND true)',
    '(auth.uid() = auth.uid())',
    '(auth.uid() IS NOT NULL)',
    "(name = ' OR true'::text)",
    '("a OR true" = id)',
    '(NOT true)',
    '(a = b)',
    '(is_public = true)',
  ])('%s does not', (expression) => {
    expect(isAlwaysTrue(expression)).toBe(false)
  })
})
