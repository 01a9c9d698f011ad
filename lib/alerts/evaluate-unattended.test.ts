import { and, eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import { beatWorker, forgetWorker } from '#lib/jobs/beat-worker.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore } from '#lib/testing/test-db.ts'
import { evaluateUnattended } from './evaluate-unattended.ts'

it('what never ran is told of while every worker is dead, and left to the workers while one lives', async () => {
  const { db, ctx } = await createTestStore()
  const { id: targetId } = await recordTarget(db)
  const web = { ...ctx, keys: null, actor: { kind: 'worker' as const, workerId: 'web' } }
  await db
    .insert(expectedRuns)
    .values({ targetId, schedule: 'archive', dueAt: new Date(Date.now() - 3_600_000) })
  const told = () =>
    db
      .select({ status: alerts.status })
      .from(alerts)
      .where(and(eq(alerts.targetId, targetId), eq(alerts.fingerprint, 'schedule:missed:archive')))
  await beatWorker(db, 'w1', 0)
  expect(await evaluateUnattended(web)).toBe(false)
  expect(await told()).toEqual([])
  await forgetWorker(db, 'w1')
  expect(await evaluateUnattended(web)).toBe(true)
  expect(await told()).toEqual([{ status: 'firing' }])
})
