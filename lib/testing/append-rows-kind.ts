import { z } from 'zod'
import { AppError } from '#lib/errors.ts'
import type { OperationKind, PlannedOperation, PlanSummary } from '#lib/operations/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'

interface Request {
  rows: number
  needsApproval: boolean
  /** Makes the proof fail. */
  brokenProof: boolean
  /** Waits in the transaction until a row is in public.go_on; for tests that act meanwhile. */
  wait: boolean
}
type Plan = { summary: PlanSummary; before: number }
type Result = { appended: number }

const request = z.strictObject({
  rows: z.number().int().min(1).max(1000),
  needsApproval: z.boolean().default(true),
  brokenProof: z.boolean().default(false),
  wait: z.boolean().default(false),
})

/** The smallest real kind of operation: appends rows to `public.ledger (id serial)` of a test's target. */
export const appendRows: OperationKind<Request, Plan, Result> = {
  kind: 'append-rows',
  request: request as z.ZodType<Request>,
  async plan(ctx, _job, operation): Promise<PlannedOperation<Plan>> {
    const { rows, needsApproval } = operation.request
    const before = await withTarget(
      ctx,
      operation.targetId,
      'watch',
      { purpose: 'plan' },
      async ({ sql }) => {
        const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from public.ledger`
        return row!.rows
      },
    )
    const summary: PlanSummary = {
      sentence: `Appends ${rows} rows to ledger.`,
      tables: [],
      statements: ['insert into public.ledger default values'],
      warnings: [],
      estimateMs: null,
      promisedRows: rows,
    }
    return { plan: { summary, before }, binding: { before, rows }, needsApproval }
  },
  async run({ session, job, assertSamePlan, leaveMarker }, operation) {
    const { rows, wait } = operation.request
    return session.sql.begin(async (sql) => {
      await job.phase('append', rows)
      await sql`lock table public.ledger in exclusive mode`
      const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from public.ledger`
      assertSamePlan({ before: row!.rows, rows })
      await sql`insert into public.ledger select from generate_series(1, ${rows}::int)`
      while (wait && (await sql`select from public.go_on`).length === 0) {
        job.signal.throwIfAborted()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await leaveMarker(sql, { appended: rows })
      return { appended: rows }
    }) as Promise<Result>
  },
  async verify({ session }, operation, result) {
    const [row] = await session.sql<{ rows: number }[]>`select count(*)::int as rows from public.ledger`
    const expected = operation.plan!.before + result.appended
    if (row!.rows !== expected || operation.request.brokenProof) {
      throw new AppError('count-differs', `ledger has ${row!.rows} rows instead of ${expected}.`)
    }
  },
}
