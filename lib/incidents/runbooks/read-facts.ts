import { and, asc, desc, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import { guardStates } from '#drizzle/schema/guards.ts'
import { healthStates } from '#drizzle/schema/health.ts'
import { incidentEvents, incidentSteps } from '#drizzle/schema/incidents.ts'
import { maintenanceWindows } from '#drizzle/schema/on-call.ts'
import { statusPages } from '#drizzle/schema/status-page.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { TableLoss } from '#lib/incidents/measure-loss.ts'
import type { Incident, TimelineEntry } from '#lib/incidents/types.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import type { RunbookFacts } from './types.ts'

/** What the runbook of an incident looks at, beside what its page has read anyway. Only reads. */
export async function readRunbookFacts(
  db: DbOrTx,
  incident: Incident,
  read: {
    timeline: readonly TimelineEntry[]
    operations: RunbookFacts['operations']
    losses: readonly TableLoss[] | null
  },
): Promise<RunbookFacts> {
  const ticks = await db
    .select({
      stepKey: incidentSteps.stepKey,
      isDone: incidentSteps.isDone,
      note: incidentSteps.note,
      at: incidentSteps.changedAt,
      by: incidentSteps.changedBy,
    })
    .from(incidentSteps)
    .where(eq(incidentSteps.incidentId, incident.id))
    .orderBy(asc(incidentSteps.changedAt))
  const told = await db.$count(
    incidentEvents,
    and(
      eq(incidentEvents.incidentId, incident.id),
      eq(incidentEvents.kind, 'runbook'),
      sql`${incidentEvents.body} like 'Told stakeholders%'`,
    ),
  )
  return {
    incident,
    timeline: read.timeline,
    operations: read.operations,
    lostTables: (read.losses ?? []).map(({ table }) => table),
    ticks,
    toldStakeholders: told,
    statusNotice: await readNotice(db, incident),
    ...(incident.targetId
      ? await readTargetFacts(db, incident, incident.targetId)
      : { guards: null, checks: null, windowTitle: null, schedules: null }),
  }
}

async function readNotice(db: DbOrTx, incident: Incident): Promise<string | null> {
  const [page] = await db
    .select({ notice: statusPages.notice })
    .from(statusPages)
    .where(gt(statusPages.changedAt, incident.openedAt))
  return page?.notice ?? null
}

type TargetFacts = Pick<RunbookFacts, 'guards' | 'checks' | 'windowTitle' | 'schedules'>

async function readTargetFacts(db: DbOrTx, incident: Incident, targetId: string): Promise<TargetFacts> {
  const [guards] = await db
    .select({
      installed: sql<number>`count(*) filter (where ${guardStates.state} = 'installed')`.mapWith(Number),
      tables: sql<number>`count(*) filter (where ${guardStates.state} <> 'unsupported')`.mapWith(Number),
    })
    .from(guardStates)
    .where(eq(guardStates.targetId, targetId))
  const [checks] = await db
    .select({
      unhealthy: sql<number>`count(*) filter (where ${healthStates.status} <> 'healthy')`.mapWith(Number),
      lastAt: sql<Date | null>`min(${healthStates.checkedAt})`.mapWith(healthStates.checkedAt),
    })
    .from(healthStates)
    .where(
      and(
        eq(healthStates.targetId, targetId),
        inArray(healthStates.area, ['membership', 'rows', 'references']),
      ),
    )
  const [window] = await db
    .select({ title: maintenanceWindows.title })
    .from(maintenanceWindows)
    .where(
      and(
        or(eq(maintenanceWindows.targetId, targetId), isNull(maintenanceWindows.targetId)),
        isNull(maintenanceWindows.cancelledAt),
        gt(maintenanceWindows.endsAt, incident.openedAt),
        lt(maintenanceWindows.startsAt, sql`now()`),
      ),
    )
    .orderBy(desc(maintenanceWindows.startsAt))
    .limit(1)
  const { schedules } = (await getPolicy(db, targetId)).document
  return {
    guards: guards && guards.tables > 0 ? guards : null,
    checks: checks ?? null,
    windowTitle: window?.title ?? null,
    schedules: { archive: Boolean(schedules.archive), drill: Boolean(schedules.drill) },
  }
}
