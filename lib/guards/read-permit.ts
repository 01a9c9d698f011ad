import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { checkPredicate } from '#lib/guards/check-predicate.ts'
import type { PermitRequest } from '#lib/guards/permit-input.ts'
import { formatTable, parseTable, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'

const factsSql = loadSql(new URL('./sql/permit_facts.sql', import.meta.url))

export interface PermitPlan {
  table: string
  role: string
  /** As the guard evaluates it. */
  predicate: string | null
  /** Null: could not be counted in time. */
  matchingRows: number | null
}

interface PermitFacts {
  relationId: string
  estimatedRows: number
  isGuarded: boolean
  knowsPermits: boolean
  roleExists: boolean
  roleIsSuperuser: boolean
  mayAct: boolean
}

/** What a permit's request means in its target: read for the plan, and again in the run. */
export interface PermitRequestFacts {
  name: TableName
  table: string
  role: string
  predicate: string | null
  facts: PermitFacts
  /** What an approval is bound to, beside the request: which database, table and role. */
  binding: unknown
}

const rolledBack = new Error('rolled back on purpose')

async function readPredicate(
  sql: postgres.Sql,
  table: TableName,
  predicate: string | null,
): Promise<string | null> {
  if (predicate === null) return null
  let qualified: string | null = null
  try {
    await sql.begin(async (transaction) => {
      qualified = await checkPredicate(transaction, table, predicate)
      throw rolledBack
    })
  } catch (error) {
    if (error !== rolledBack) throw error
  }
  return qualified
}

/** Reads the request against the target, and leaves nothing there. Throws AppError `table-not-found` or `permit-expression`. */
export async function readPermit(
  ctx: Ctx,
  targetId: string,
  request: PermitRequest,
  sql: postgres.Sql,
): Promise<PermitRequestFacts> {
  const name = parseTable(request.table)!
  const table = formatTable(name)
  const role = request.role ?? unwrap(parseTargetUrl(await getTargetUrl(ctx, targetId, 'owner'))).user
  const [facts] = await sql.unsafe<PermitFacts[]>(factsSql, [quoteTable(name), role, request.act])
  if (!facts) throw new AppError('table-not-found', `There is no table ${table}.`, { kind: 'not-found' })
  const predicate = await readPredicate(sql, name, request.predicate)
  const { databaseName, databaseOid, systemIdentifier } = await identifyTarget(sql)
  const binding = {
    database: { databaseName, databaseOid, systemIdentifier },
    relationId: facts.relationId,
    table,
    role,
    predicate,
  }
  return { name, table, role, predicate, facts, binding }
}
