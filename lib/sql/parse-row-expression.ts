import { parse } from 'libpg-query'
import { AppError } from '#lib/errors.ts'

type Node = Record<string, unknown>

/** The only nodes an expression over one row may consist of. Everything else is refused by name. */
const allowedNodes = new Set([
  'A_Expr',
  'A_Const',
  'A_ArrayExpr',
  'BoolExpr',
  'BooleanTest',
  'CaseExpr',
  'CaseWhen',
  'CoalesceExpr',
  'ColumnRef',
  'FuncCall',
  'List',
  'MinMaxExpr',
  'NullTest',
  'String',
  'TypeCast',
  'TypeName',
  'Integer',
])

export interface RowExpression {
  /** Functions called, as written: each must be immutable and built in (checked against the target's catalog). */
  functions: string[]
  /** The same expression with every bare type named in pg_catalog, where no session can put another one before it. */
  qualified: string
}

const before = 'select 1 from t where ('

/**
 * Accepts one boolean expression over one row and nothing else: no subquery, no second statement, no window or
 * aggregate. `what` names it in refusals: `constraint`. Throws AppError `<what>-expression`. Reads nothing but the text.
 */
export async function parseRowExpression(expression: string, what: string): Promise<RowExpression> {
  const invalid = (message: string): AppError =>
    new AppError(`${what}-expression`, message, {
      kind: 'invalid',
      hint: 'Give one boolean expression over the columns of the table, as inside CHECK (…).',
    })
  let statements: { stmt: Node }[]
  try {
    // An open comment, `a) or (b` or `a] or [b` would leave what it is pasted into; none of them fits into both.
    await parse(`select array[${expression}]`)
    statements = ((await parse(`${before}${expression})`)) as { stmts: { stmt: Node }[] }).stmts
  } catch (cause) {
    throw invalid(`PostgreSQL does not parse this: ${(cause as Error).message}`)
  }
  const select = statements[0]?.stmt.SelectStmt as Node | undefined
  const expected = ['targetList', 'fromClause', 'whereClause', 'limitOption', 'op', 'groupClause']
  if (
    statements.length !== 1 ||
    !select?.whereClause ||
    Object.keys(select).some((part) => !expected.includes(part)) ||
    select.groupClause
  ) {
    throw invalid('This is more than one expression.')
  }
  const functions: string[] = []
  const bareTypes: number[] = []
  const noteType = ({ names, location }: TypeName): void => {
    if (names?.length === 1 && location !== undefined) bareTypes.push(location)
  }
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [kind, body] of Object.entries(node)) {
      const isNodeName = !Array.isArray(node) && /^[A-Z]/.test(kind)
      if (isNodeName && !allowedNodes.has(kind)) throw invalid(`A ${what} may not contain ${kind}.`)
      if (kind === 'FuncCall') {
        const call = body as { funcname: { String: { sval: string } }[]; over?: unknown; agg_star?: boolean }
        if (call.over || call.agg_star) throw invalid(`A ${what} may not contain an aggregate or a window.`)
        functions.push(call.funcname.map((part) => part.String.sval).join('.'))
      }
      if (kind === 'typeName' || kind === 'TypeName') noteType(body as TypeName)
      visit(body)
    }
  }
  visit(select.whereClause)
  return { functions: [...new Set(functions)], qualified: qualifyTypes(expression, bareTypes) }
}

interface TypeName {
  names?: unknown[]
  location?: number
}

/** The parser's places are byte offsets into the wrapped text. */
function qualifyTypes(expression: string, places: readonly number[]): string {
  let text = Buffer.from(expression)
  for (const place of [...new Set(places)].sort((a, b) => b - a)) {
    const at = place - before.length
    text = Buffer.concat([text.subarray(0, at), Buffer.from('pg_catalog.'), text.subarray(at)])
  }
  return text.toString()
}
