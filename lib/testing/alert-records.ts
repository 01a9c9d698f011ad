import { randomBytes } from 'node:crypto'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { policies, targets } from '#drizzle/schema/targets.ts'
import type { Db } from '#lib/db/client.ts'
import { fileFindings } from '#lib/health/file-findings.ts'
import type { Area, Finding } from '#lib/health/types.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'

/** A target's record alone, for tests that judge what our store holds and never open the target. */
export async function recordTarget(
  db: Db,
  options: { policy?: PolicyInput; createdAt?: Date } = {},
): Promise<{ id: string; name: string }> {
  const name = `target-${randomBytes(4).toString('hex')}`
  const [target] = await db
    .insert(targets)
    .values({
      name,
      environment: 'production',
      host: 'localhost',
      port: 5432,
      databaseName: name,
      serverVersion: '15.1',
      serverVersionNumber: 150001,
      tableCount: 1,
      createdBy: 'test',
      ...(options.createdAt ? { createdAt: options.createdAt } : {}),
    })
    .returning()
  await db.insert(policies).values({
    targetId: target!.id,
    version: 1,
    document: policySchema.parse(options.policy ?? {}),
    appliedBy: 'test',
  })
  return { id: target!.id, name }
}

export interface RecordedFinding {
  check?: string
  area?: string
  title?: string
  status?: 'healthy' | 'unhealthy' | 'no-data'
  severity?: 'INFO' | 'WARNING' | 'CRITICAL' | 'EMERGENCY'
  affected?: number | null
  details?: string
  at?: Date
}

/** One finding in the health log, as the newest of its check. */
export async function recordFinding(db: Db, targetId: string, finding: RecordedFinding): Promise<void> {
  const status = finding.status ?? 'unhealthy'
  const filed: Finding = {
    check: finding.check ?? 'membership.missing:app',
    area: (finding.area ?? 'membership') as Area,
    title: finding.title ?? 'Users without membership',
    status,
    severity: finding.severity ?? 'CRITICAL',
    affected: finding.affected === undefined ? (status === 'healthy' ? 0 : 3) : finding.affected,
    measured: null,
    details: finding.details ?? '3 users are locked out.',
    remedy: null,
    samples: [],
    statement: null,
    durationMs: null,
  }
  await db.transaction((tx) =>
    fileFindings(tx, { targetId, jobRunId: null, checkedAt: finding.at ?? new Date(), findings: [filed] }),
  )
}

/** One thing a guard saw. */
export async function recordGuardEvent(
  db: Db,
  targetId: string,
  event: Partial<typeof guardEvents.$inferInsert>,
): Promise<void> {
  await db.insert(guardEvents).values({
    targetId,
    kind: 'blocked',
    at: new Date(),
    tableName: 'public.members',
    rows: 400,
    roleName: 'agent',
    applicationName: 'psql',
    statement: 'delete from members',
    sourceKey: randomBytes(8).toString('hex'),
    ...event,
  })
}
