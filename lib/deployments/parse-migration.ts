import { parse } from 'libpg-query'
import type { Destruction } from '#lib/deployments/types.ts'
import { AppError } from '#lib/errors.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'

type Node = Record<string, unknown>

export interface ParsedMigration {
  statements: string[]
  destructions: Destruction[]
  /** Some statement (CREATE INDEX CONCURRENTLY, VACUUM) cannot run inside a transaction. */
  needsAutocommit: boolean
  /** Statements that a rehearsal must not run, because they reach beyond the scratch database. */
  forbidden: { statement: string; why: string }[]
}

/** Statement nodes that touch the server, its files or other databases rather than this one. */
const beyondDatabase: Record<string, string> = {
  AlterSystemStmt: 'changes the whole server',
  CreatedbStmt: 'makes another database',
  DropdbStmt: 'drops a database',
  AlterDatabaseStmt: 'changes the database itself',
  CreateRoleStmt: 'makes a role of the whole server',
  AlterRoleStmt: 'changes a role of the whole server',
  DropRoleStmt: 'drops a role of the whole server',
  LoadStmt: 'loads a library into the server',
  CreateTableSpaceStmt: 'writes to the server’s file system',
  CreateSubscriptionStmt: 'connects to another server',
  CreateForeignServerStmt: 'connects to another server',
}

/** BEGIN and COMMIT around a migration are its author's way to ask for one transaction, which it gets anyway. */
const isFrame = (kind: string, node: Node): boolean =>
  kind === 'TransactionStmt' &&
  ['TRANS_STMT_BEGIN', 'TRANS_STMT_START', 'TRANS_STMT_COMMIT'].includes(String(node.kind))

const nameOf = (node: unknown): string => {
  const { String: text } = node as { String?: { sval?: string } }
  return text?.sval ?? ''
}

const relationName = (relation: { schemaname?: string; relname?: string } | undefined): string | null =>
  relation?.relname
    ? [relation.schemaname, relation.relname]
        .filter((part) => part !== undefined)
        .map(quotedWhereNeeded)
        .join('.')
    : null

const quotedWhereNeeded = (part: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(part) ? part : quoteIdentifier(part)

/** What one statement destroys. */
function destructionsOf(kind: string, node: Node, statement: string): Destruction[] {
  const base = { table: null, column: null, schema: null, filtered: false, statement }
  const relation = node.relation as { schemaname?: string; relname?: string } | undefined
  switch (kind) {
    case 'DropStmt': {
      const objects = (node.objects as Node[]).map((object) => {
        const list = object.List as { items: unknown[] } | undefined
        return list
          ? list.items.map((item) => quotedWhereNeeded(nameOf(item))).join('.')
          : quotedWhereNeeded(nameOf(object))
      })
      if (node.removeType === 'OBJECT_TABLE')
        return objects.map((table) => ({ ...base, kind: 'drop-table', table }))
      if (node.removeType === 'OBJECT_SCHEMA')
        return objects.map((schema) => ({ ...base, kind: 'drop-schema', schema }))
      return objects.map(() => ({ ...base, kind: 'drop-other' }))
    }
    case 'TruncateStmt':
      return (node.relations as Node[]).map((item) => ({
        ...base,
        kind: 'truncate',
        table: relationName(item.RangeVar as { relname?: string }),
      }))
    case 'DeleteStmt':
      return [
        { ...base, kind: 'delete', table: relationName(relation), filtered: node.whereClause !== undefined },
      ]
    case 'UpdateStmt':
      return [
        { ...base, kind: 'update', table: relationName(relation), filtered: node.whereClause !== undefined },
      ]
    case 'AlterTableStmt':
      return ((node.cmds as Node[]) ?? []).flatMap((item): Destruction[] => {
        const command = item.AlterTableCmd as { subtype: string; name?: string }
        const column = command.name ?? null
        const table = relationName(relation)
        if (command.subtype === 'AT_DropColumn') return [{ ...base, kind: 'drop-column', table, column }]
        if (command.subtype === 'AT_AlterColumnType') return [{ ...base, kind: 'change-type', table, column }]
        return []
      })
    default:
      return []
  }
}

function whyForbidden(kind: string, node: Node): string | null {
  if (kind === 'CopyStmt' && (node.is_program || node.filename)) return 'reads or writes files of the server'
  if (kind === 'DoStmt') {
    const languages = JSON.stringify(node.args ?? '').match(/"language".*?"sval":"([^"]+)"/)
    if (languages && languages[1] !== 'plpgsql') return 'runs code in a language other than PL/pgSQL'
  }
  if (kind === 'TransactionStmt') return 'undoes or splits the transaction that the migration is run in'
  return beyondDatabase[kind] ?? null
}

/**
 * Parses a migration with PostgreSQL's own grammar and says what in it takes data away. Reads nothing but the text.
 * Throws AppError `migration-syntax` with the line where PostgreSQL's parser stops.
 */
export async function parseMigration(text: string): Promise<ParsedMigration> {
  let parsed: { stmts?: { stmt: Node; stmt_location?: number; stmt_len?: number }[] }
  try {
    parsed = (await parse(text)) as typeof parsed
  } catch (cause) {
    const position = (cause as { sqlDetails?: { cursorPosition?: number } }).sqlDetails?.cursorPosition ?? 0
    const line = text.slice(0, position).split('\n').length
    throw new AppError('migration-syntax', `Line ${line}: ${(cause as Error).message}`, {
      kind: 'invalid',
      hint: 'The migration must be plain SQL that PostgreSQL parses; psql commands (\\…) are not SQL.',
      cause,
    })
  }
  // The parser counts bytes, not characters.
  const bytes = Buffer.from(text, 'utf8')
  const result: ParsedMigration = { statements: [], destructions: [], needsAutocommit: false, forbidden: [] }
  for (const { stmt, stmt_location: start = 0, stmt_len: length } of parsed.stmts ?? []) {
    const statement = bytes
      .subarray(start, length ? start + length : undefined)
      .toString('utf8')
      .trim()
    const [kind, node] = Object.entries(stmt)[0] as [string, Node]
    if (isFrame(kind, node)) continue
    const why = whyForbidden(kind, node)
    if (why) result.forbidden.push({ statement, why })
    if (kind === 'VacuumStmt' || (kind === 'IndexStmt' && node.concurrent)) result.needsAutocommit = true
    result.statements.push(statement)
    result.destructions.push(...destructionsOf(kind, node, statement))
  }
  return result
}
