import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import { expectedRuns, jobRuns } from '#drizzle/schema/jobs.ts'
import { targetCredentials } from '#drizzle/schema/targets.ts'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { credentialPlace, getPolicy } from '#lib/targets/queries.ts'
import { createDriftStage, type DriftStage } from '#lib/testing/drift-stage.ts'
import { fileDueRuns, planRuns } from '#worker/schedule.ts'

const script = `
  create table public.leads (id int primary key, phone text);
  create table public.members (id int primary key, role text);
  create table public.settings (id int primary key, theme text);
  insert into public.leads select n, 'p' || n from generate_series(1, 14) n;
  insert into public.members select n, 'owner' from generate_series(1, 3) n`

const never = '0 0 1 1 *'
const policy = {
  protectedTables: [{ table: 'public.members' }],
  mirrors: [
    { name: 'core', master: 'agent', tables: ['public.leads'] },
    { name: 'people', master: 'agent', tables: ['public.members'] },
  ],
  schedules: {
    health: never,
    snapshot: never,
    archive: never,
    drill: never,
    performance: never,
    drift: '5 * * * *',
  },
} satisfies PolicyInput

let stage: DriftStage
beforeAll(async () => {
  stage = await createDriftStage(script, script, { sitePolicy: policy })
})

/** One hour’s comparisons: due, filed, done, and judged. */
async function nextHour(): Promise<void> {
  const { db } = stage.store
  const now = new Date()
  await db.insert(expectedRuns).values({ targetId: stage.site.id, schedule: 'drift', dueAt: now })
  await Promise.all([fileDueRuns(stage.worker), fileDueRuns(stage.worker)])
  const [run] = await db
    .select()
    .from(jobRuns)
    .where(and(eq(jobRuns.kind, 'drift.compare'), eq(jobRuns.scheduledFor, now)))
  await stage.work(run!.id)
  await evaluateAlerts(stage.worker, stage.site.id)
}

const alertOf = async (fingerprint: string) => {
  const rows = await stage.store.db.select().from(alerts).where(eq(alerts.fingerprint, fingerprint))
  expect(rows.length).toBeLessThanOrEqual(1)
  return rows[0]
}

describe('a policy’s mirrors', () => {
  it('are expected to be compared, as soon as the policy has any', async () => {
    await planRuns(stage.worker)
    const runs = await stage.store.db.select().from(expectedRuns).where(eq(expectedRuns.schedule, 'drift'))
    expect(new Set(runs.map(({ targetId }) => targetId))).toEqual(new Set([stage.site.id]))
    expect(runs.length).toBeGreaterThan(20)
  })

  it('are each compared once per occurrence, and alike raises nothing', async () => {
    await nextHour()
    const rows = await stage.store.db.select().from(driftComparisons)
    expect(rows.map(({ mirror, inSync }) => [mirror, inSync]).sort()).toEqual([
      ['core', true],
      ['people', true],
    ])
    expect(await alertOf('drift:core')).toBeUndefined()
  })

  it('raise an alert of their own while they differ, and resolve it when they are alike again', async () => {
    await stage.site.sql`delete from public.leads where id = 3`
    await stage.site.sql`update public.members set role = null where id = 1`
    await nextHour()
    expect(await alertOf('drift:core')).toMatchObject({
      severity: 'WARNING',
      status: 'firing',
      targetId: stage.site.id,
    })
    expect(await alertOf('drift:people')).toMatchObject({ severity: 'CRITICAL', status: 'firing' })

    await stage.run(await stage.repair({ tables: ['public.leads', 'public.members'] }))
    const queued = await stage.store.db.select().from(jobRuns).where(eq(jobRuns.status, 'queued'))
    for (const run of queued.filter(({ kind }) => kind === 'drift.compare')) await stage.work(run.id)
    await evaluateAlerts(stage.worker, stage.site.id)
    expect(await alertOf('drift:core')).toMatchObject({ status: 'resolved' })
    expect(await alertOf('drift:people')).toMatchObject({ status: 'resolved' })
  })

  it('are no data while the master does not answer, and what was known stays as it is', async () => {
    await stage.site.sql`delete from public.leads where id = 4`
    await nextHour()
    const { db, ctx } = stage.store
    const mine = eq(targetCredentials.targetId, stage.master.id)
    const [before] = await db.select().from(targetCredentials).where(mine)
    const nowhere = ctx.keys!.seal(
      'postgresql://nobody@127.0.0.1:9/none',
      credentialPlace(stage.master.id, 'owner'),
    )
    await db.update(targetCredentials).set({ sealedUrl: nowhere }).where(mine)
    await nextHour()
    expect(await alertOf('no-data:drift:core')).toMatchObject({
      status: 'firing',
      details: expect.stringContaining('agent cannot be read'),
    })
    expect(await alertOf('drift:core')).toMatchObject({ status: 'firing' })
    await db.update(targetCredentials).set({ sealedUrl: before!.sealedUrl }).where(mine)
    await nextHour()
    expect(await alertOf('no-data:drift:core')).toMatchObject({ status: 'resolved' })
    expect(await alertOf('drift:core')).toMatchObject({ status: 'firing' })
  })
})

describe('a mirror that cannot be compared', () => {
  it('is refused when the policy is applied: a master that is nobody, a table that is not there, or itself', async () => {
    const { document } = await getPolicy(stage.store.db, stage.site.id)
    const [core] = policy.mirrors
    const apply = async (change: object) => {
      const mirrors = [{ ...core, ...change }]
      const outcome = await applyPolicy(stage.store.ctx, { name: 'site', document: { ...document, mirrors } })
      return outcome.ok ? 'applied' : outcome.refusal.reason
    }
    expect(await apply({ master: 'agnet' })).toContain('there is no target “agnet”; is it “agent”?')
    expect(await apply({ master: 'site' })).toContain('cannot be the master of itself')
    expect(await apply({ tables: ['public.lead'] })).toContain('There is no table public.lead.')
    expect(await apply({ tables: ['public.'] })).toContain('not a table name')
    expect(await apply({ names: { 'public.other': 'public.leads' } })).toContain('not among its tables')
    expect(await apply({})).toBe('applied')
  })
})
