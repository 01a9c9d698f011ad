// PostgreSQL writes an expression that went through a dump with other casts, and with other parentheses around what was
// cast: `IN` over varchar is `ANY ((ARRAY[…])::text[])` first and `ANY (ARRAY[(…)::text, …])` afterwards. Nothing else
// of an expression may differ, so literals, names, operators and the parentheses that bind them are kept.

const token =
  /\s*(?:(E'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*")|(::)|([\w$\u0080-\uffff]+)|([^\s\w$\u0080-\uffff'":()[\],.]+|[\s\S]))/y

/** A literal, name or operator; or a bracketed list of parts. */
type Part = string | { open: '(' | '['; parts: Part[] }

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  const trimmed = text.trimEnd()
  for (let match = token.exec(trimmed); match; match = token.exec(trimmed))
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4]!)
  return tokens
}

const isName = (word: string | undefined): boolean => word !== undefined && /^["\w$\u0080-\uffff]/.test(word)
const typeWords = /^(varying|precision|with|without|time|zone|year|month|day|hour|minute|second|to)$/
const typesOfManyWords = /^(character|bit|double|timestamp|time|interval)$/

/** The position after the type name that begins at `at`: `character varying(10)[]`, `"a"."b"`. */
function afterType(tokens: readonly string[], at: number): number {
  let next = at + 1
  while (tokens[next] === '.' && isName(tokens[next + 1])) next += 2
  const skipModifier = () => {
    const close = tokens[next] === '(' ? tokens.indexOf(')', next) : -1
    if (close > 0 && tokens.slice(next + 1, close).every((one) => /^(\d+|,)$/.test(one))) next = close + 1
  }
  skipModifier()
  if (typesOfManyWords.test(tokens[at]!)) {
    while (typeWords.test(tokens[next] ?? '')) next += 1
    skipModifier()
    while (typeWords.test(tokens[next] ?? '')) next += 1
  }
  while (tokens[next] === '[' && tokens[next + 1] === ']') next += 2
  return next
}

function parse(tokens: readonly string[]): Part[] {
  const stack: { open: '(' | '['; parts: Part[] }[] = [{ open: '(', parts: [] }]
  for (let at = 0; at < tokens.length; ) {
    const word = tokens[at]!
    const top = stack.at(-1)!
    if (word === '::' && isName(tokens[at + 1])) {
      at = afterType(tokens, at + 1)
      continue
    }
    if (word === '(' || word === '[') stack.push({ open: word, parts: [] })
    else if ((word === ')' || word === ']') && stack.length > 1) {
      stack.pop()
      stack.at(-1)!.parts.push(top)
    } else top.parts.push(word)
    at += 1
  }
  // What was never closed is text, such as a sad face in a comment.
  while (stack.length > 1) {
    const { open, parts } = stack.pop()!
    stack.at(-1)!.parts.push(open, ...parts)
  }
  return stack[0]!.parts
}

/** One operand: a literal, a name with its dots, a call, an element of an array; parentheses around it bind nothing. */
function isOperand(parts: readonly Part[]): boolean {
  const [first, ...rest] = parts
  if (first === undefined || (typeof first === 'string' && !/^["'\w$\u0080-\uffff]/.test(first))) return false
  return rest.every(
    (part, i) => typeof part !== 'string' || part === '.' || (rest[i - 1] === '.' && isName(part)),
  )
}

const write = (parts: readonly Part[]): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part
      if (part.open === '[') return `[ ${write(part.parts)} ]`
      return isOperand(part.parts) ? write(part.parts) : `( ${write(part.parts)} )`
    })
    .join(' ')

/** A definition without what a reload may write differently: equal before and after a dump, different for any other change. */
export const canonicalDefinition = (text: string): string => write(parse(tokensOf(text)))
