import { createHash, randomBytes } from 'node:crypto'
import { keepPermitSecret } from '#lib/guards/keep-permit.ts'
import type { PermitRequest } from '#lib/guards/permit-input.ts'
import { type PermitPlan, readPermit } from '#lib/guards/read-permit.ts'
import type { Operation, RunScope } from '#lib/operations/types.ts'
import { quoteTable } from '#lib/sql/identifier.ts'

/** What the run left in the target. The secret is not in it: results are shown to everybody who may look. */
export interface PermitResult {
  permitId: string
  table: string
  act: PermitRequest['act']
  role: string
  maxRows: number
  predicate: string | null
  opensAt: string
  expiresAt: string
  /** What shows the statement that uses it, to those who may see it. */
  shownBy: string
}

/** Makes the permit in the target, in one transaction. Its secret is made here and kept by us alone; the target has its hash. */
export async function runPermit(
  { ctx, job, session, assertSamePlan, leaveMarker }: RunScope,
  operation: Operation<PermitRequest, PermitPlan>,
): Promise<PermitResult> {
  const { id, targetId, request } = operation
  const read = await readPermit(ctx, targetId, request, session.sql)
  const secret = randomBytes(32).toString('base64url')
  const hash = createHash('sha256').update(secret).digest()
  await job.phase('permit')
  // Before the target commits: a secret without a permit is worth nothing, a permit without its secret neither.
  await keepPermitSecret(ctx.db, { id, targetId, secret })
  return session.sql.begin(async (sql) => {
    assertSamePlan(read.binding)
    const [made] = await sql<[{ opensAt: Date; expiresAt: Date }]>`
      select p.opens_at as "opensAt", p.expires_at as "expiresAt"
      from holdfast.grant_permit(${id}, ${quoteTable(read.name)}::text::regclass, ${request.act}, ${read.role}, ${request.maxRows},
        ${request.minutes}, ${read.predicate}, ${hash}) p`
    const result: PermitResult = {
      permitId: id,
      table: read.table,
      act: request.act,
      role: read.role,
      maxRows: request.maxRows,
      predicate: read.predicate,
      opensAt: made.opensAt.toISOString(),
      expiresAt: made.expiresAt.toISOString(),
      shownBy: `holdfast permits list ${session.target.name}`,
    }
    await leaveMarker(sql, result)
    return result
  }) as Promise<PermitResult>
}
