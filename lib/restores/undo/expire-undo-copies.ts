import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { incidents } from '#drizzle/schema/incidents.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { listOpenFreezes } from '#lib/backups/retention/read-retention.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx, Tx } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { log } from '#lib/log.ts'
import { listUndoCopies } from '#lib/restores/undo/list-undo-copies.ts'
import { undoSchemaPattern } from '#lib/restores/undo/undo-schema.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const unended = ['requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying'] as const
const dayMs = 86_400_000

/** A schema of undo rows in a target, as its comment says. */
interface FoundCopy {
  schema: string
  keyId: string
  operationId: string
  madeAt: Date
}

const notePattern = /^holdfast (\S*) undo ([0-9a-f-]{36}) (\S+)$/

async function listFound(sqlSession: postgres.Sql): Promise<FoundCopy[]> {
  const rows = await sqlSession<{ schema: string; note: string | null }[]>`
    select n.nspname as schema, obj_description(n.oid, 'pg_namespace') as note
    from pg_namespace n where n.nspname ~ '^holdfast_undo_[0-9a-f]{12}$' order by 1`
  return rows.flatMap(({ schema, note }) => {
    const [, keyId, operationId, at] = notePattern.exec(note ?? '') ?? []
    return operationId ? [{ schema, keyId: keyId!, operationId, madeAt: new Date(at!) }] : []
  })
}

/** The earlier of two clocks, ours and the store's: one that was set forward lets nothing grow old. */
async function readClock(db: DbOrTx): Promise<Date> {
  const [row] = await db.execute<{ now: string }>(sql`select now() as now`)
  return new Date(Math.min(Date.parse(row!.now), Date.now()))
}

/** While something is wrong with the target, nothing that could help goes. */
async function isKept(db: DbOrTx, targetId: string): Promise<boolean> {
  const [incident] = await db
    .select({ id: incidents.id })
    .from(incidents)
    .where(and(eq(incidents.targetId, targetId), notInArray(incidents.status, ['resolved', 'closed'])))
    .limit(1)
  return incident !== undefined || (await listOpenFreezes(db, targetId)).length > 0
}

async function isBeingUndone(tx: Tx, operationId: string): Promise<boolean> {
  const [undo] = await tx
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.undoesOperationId, operationId), inArray(operations.status, [...unended])))
    .limit(1)
  return undo !== undefined
}

const drop = async (sqlSession: postgres.Sql, schema: string): Promise<void> => {
  if (!undoSchemaPattern.test(schema)) throw new Error(`not a schema of undo rows: ${schema}`)
  await sqlSession.unsafe(`drop schema if exists ${quoteIdentifier(schema)} cascade`)
}

/**
 * Removes one copy and says so in one transaction of our store, which holds the operation's row: nobody asks for its undo
 * meanwhile, and a process that dies in between does it again.
 */
async function expireOne(
  ctx: Ctx,
  target: { id: string; name: string },
  copy: { operationId: string; schema: string },
  remove: () => Promise<void>,
): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    const [operation] = await tx
      .select({ id: operations.id })
      .from(operations)
      .where(eq(operations.id, copy.operationId))
      .for('update')
    if (await isKept(tx, target.id)) return false
    if (operation && (await isBeingUndone(tx, copy.operationId))) return false
    await remove()
    failPoint('restores.after-undo-drop')
    if (operation)
      await tx
        .update(operations)
        .set({
          result: sql`jsonb_set(${operations.result}, '{undo,expiredAt}', to_jsonb(to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`,
        })
        .where(eq(operations.id, copy.operationId))
    await announceChanges(tx, ['operations', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'restores.expire-undo',
      outcome: 'done',
      subject: `operation:${copy.operationId}`,
      target: target.name,
      detail: { schema: copy.schema },
    })
    return true
  })
}

/**
 * Removes undo copies older than the policy's `retention.snapshotDays`, unless an undo of theirs is open, an incident of
 * the target is unresolved, or its retention is frozen. Copies of this installation whose operation our store does not know
 * (it was restored itself) go by their own date. Safe to repeat and to be killed. Returns the operations' ids.
 */
export async function expireUndoCopies(ctx: Ctx, targetId: string): Promise<string[]> {
  if (await isKept(ctx.db, targetId)) return []
  const target = await getTarget(ctx.db, targetId)
  const { document } = await getPolicy(ctx.db, targetId)
  const now = await readClock(ctx.db)
  const known = await listUndoCopies(ctx.db, targetId)
  return withTarget(ctx, targetId, 'restore', { purpose: 'expire undo copies' }, async ({ sql: session }) => {
    const keyIds = ctx.keys ? [ctx.keys, ...ctx.keys.older].map(({ keyId }) => keyId) : []
    const found = await listFound(session)
    const due = known
      .filter(({ expiresAt }) => expiresAt <= now)
      .map(({ operationId, schema }) => ({ operationId, schema }))
    const recorded = await listRecorded(ctx.db, found)
    for (const copy of found) {
      const isOld = copy.madeAt.getTime() + document.retention.snapshotDays * dayMs <= now.getTime()
      if (isOld && keyIds.includes(copy.keyId) && !recorded.has(copy.operationId)) due.push(copy)
    }
    const gone: string[] = []
    for (const copy of due) {
      // A schema of that name that is not the operation's own is left alone.
      const own = found.find(({ schema }) => schema === copy.schema)
      const remove = async () => {
        if (own?.operationId === copy.operationId) await drop(session, copy.schema)
      }
      try {
        if (await expireOne(ctx, target, copy, remove)) gone.push(copy.operationId)
      } catch (error) {
        log.warn(
          { operation: copy.operationId, error: messageOf(error) },
          'an undo copy could not be removed; it is tried again',
        )
      }
    }
    return gone
  })
}

async function listRecorded(db: DbOrTx, found: readonly FoundCopy[]): Promise<Set<string>> {
  if (found.length === 0) return new Set()
  const rows = await db
    .select({ id: operations.id })
    .from(operations)
    .where(
      inArray(
        operations.id,
        found.map(({ operationId }) => operationId),
      ),
    )
  return new Set(rows.map(({ id }) => id))
}
