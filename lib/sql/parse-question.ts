import { parse } from 'libpg-query'
import { AppError } from '#lib/errors.ts'

type Node = Record<string, unknown>

export interface Question {
  /** The statement alone: no semicolon, no comment behind it that would swallow what follows. */
  text: string
  /** Functions called, by name; those without a schema, and those of pg_catalog. */
  functions: string[]
}

/** Statements and clauses that change or lock something, wherever they stand in the tree. */
const forbidden: Record<string, string> = {
  InsertStmt: 'an INSERT',
  UpdateStmt: 'an UPDATE',
  DeleteStmt: 'a DELETE',
  MergeStmt: 'a MERGE',
  IntoClause: 'SELECT … INTO',
  intoClause: 'SELECT … INTO',
  LockingClause: 'FOR UPDATE or FOR SHARE',
  ParamRef: 'a parameter ($1)',
  RangeTableSample: 'TABLESAMPLE',
}

/** They hold passwords or what opens other servers; whoever may see them has other ways. */
const secretRelations =
  /^(pg_authid|pg_shadow|pg_user_mappings?|pg_subscription|pg_hba_file_rules|pg_ident_file_mappings|pg_file_settings)$/

const invalid = (message: string): AppError =>
  new AppError('question-refused', message, {
    kind: 'invalid',
    hint: 'Write one SELECT that only reads, with built-in functions and with the schema of each table.',
  })

const namesIn = (list: unknown): string[] =>
  (list as { String?: { sval?: string } }[]).map((part) => part.String?.sval ?? '')

/** Of a name in parts, the built-in one. Throws when it names another schema. */
function builtIn(parts: readonly string[], what: string): string {
  if (parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog')) return parts.at(-1)!
  throw invalid(
    `It uses the ${what} ${parts.join('.')}, which is not built in: what it does cannot be known.`,
  )
}

/**
 * Accepts one SELECT (or VALUES, TABLE) that writes and locks nothing, and names no function or operator that is not
 * built in. Which built-in ones it may call, the target's catalog says (admitQuestion). Reads nothing but the text.
 * Throws AppError `question-refused`.
 */
export async function parseQuestion(text: string): Promise<Question> {
  let statements: { stmt: Node; stmt_location?: number; stmt_len?: number }[]
  try {
    statements = ((await parse(text)) as { stmts?: typeof statements }).stmts ?? []
  } catch (cause) {
    throw invalid(`PostgreSQL does not parse it: ${(cause as Error).message}`)
  }
  const [only] = statements
  if (!only || statements.length > 1)
    throw invalid(`It is ${statements.length === 0 ? 'no statement' : 'more than one statement'}.`)
  if (!only.stmt.SelectStmt) throw invalid('It is not a SELECT.')
  const functions = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [kind, body] of Object.entries(node)) {
      if (!Array.isArray(node) && forbidden[kind]) throw invalid(`It contains ${forbidden[kind]}.`)
      if (kind === 'FuncCall') functions.add(builtIn(namesIn((body as Node).funcname), 'function'))
      if (kind === 'A_Expr') builtIn(namesIn((body as Node).name ?? []), 'operator')
      // x operator(schema.=) any (…), and order by … using operator(schema.<).
      if (kind === 'operName' || kind === 'useOp') builtIn(namesIn(body), 'operator')
      if (kind === 'RangeVar' && secretRelations.test(String((body as Node).relname)))
        throw invalid(`It reads ${(body as Node).relname}, which holds secrets.`)
      visit(body)
    }
  }
  visit(only.stmt)
  // The parser counts bytes, not characters.
  const { stmt_location: start = 0, stmt_len: length } = only
  const alone = Buffer.from(text, 'utf8').subarray(start, length ? start + length : undefined)
  return { text: alone.toString('utf8').trim(), functions: [...functions].sort() }
}
