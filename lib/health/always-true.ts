/** `(a or (b))` → `a or (b)`; `(a) or (b)` stays. */
function withoutParentheses(text: string): string {
  const trimmed = text.trim()
  if (!trimmed.startsWith('(') || !trimmed.endsWith(')')) return trimmed
  let depth = 0
  let quote: string | null = null
  for (const [index, character] of [...trimmed].entries()) {
    if (quote) quote = character === quote ? null : quote
    else if (character === "'" || character === '"') quote = character
    else if (character === '(') depth += 1
    else if (character === ')') depth -= 1
    if (depth === 0 && index < [...trimmed].length - 1) return trimmed
  }
  return withoutParentheses(trimmed.slice(1, -1))
}

/** The operands of an operator at the top of an expression: not within parentheses, strings or names. */
function splitAtTop(text: string, operator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote: string | null = null
  let from = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (quote) quote = character === quote ? null : quote
    else if (character === "'" || character === '"') quote = character
    else if (character === '(' || character === '[') depth += 1
    else if (character === ')' || character === ']') depth -= 1
    else if (depth === 0 && text.startsWith(operator, index)) {
      parts.push(text.slice(from, index))
      index += operator.length - 1
      from = index + 1
    }
  }
  return [...parts, text.slice(from)]
}

const withoutCasts = (text: string): string =>
  withoutParentheses(text.replace(/::[a-z_]+( [a-z_]+)*(\(\d+(,\d+)?\))?(\[\])?/g, ''))

/**
 * Whether a policy's expression, as PostgreSQL writes it back, lets every row pass: `true`, `(1 = 1)`, `(id = id)`,
 * `(true OR …)`. What a function answers is not known here, so it never counts as always true.
 */
export function isAlwaysTrue(expression: string | null): boolean {
  if (expression === null) return false
  const text = withoutCasts(expression)
  if (/^('t(rue)?'|true)$/i.test(text)) return true
  if (/^not false$/i.test(text) || /^(true|false) is not null$/i.test(text)) return true
  const arms = splitAtTop(text, ' OR ')
  if (arms.length > 1) return arms.some(isAlwaysTrue)
  const conditions = splitAtTop(text, ' AND ')
  if (conditions.length > 1) return conditions.every(isAlwaysTrue)
  const notDistinct = /^NOT \((.*)\)$/s.exec(text)
  if (notDistinct) {
    const sides = splitAtTop(notDistinct[1]!, ' IS DISTINCT FROM ')
    return sides.length === 2 && withoutCasts(sides[0]!) === withoutCasts(sides[1]!)
  }
  return ['=', '>=', '<='].some((operator) => {
    const [left, right, ...more] = splitAtTop(text, ` ${operator} `)
    if (right === undefined || more.length > 0) return false
    const [a, b] = [withoutCasts(left!), withoutCasts(right)]
    return a === b && !a.includes('(')
  })
}
