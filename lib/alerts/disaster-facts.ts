import { and, desc, eq, inArray } from 'drizzle-orm'
import { backupCopies, backups, drills } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Policy } from '#lib/targets/policy.ts'
import type { DisasterFacts, ForeignFact, KitFact } from './disaster-types.ts'

const recent = 100

async function listForeign(db: DbOrTx, targetId: string, policy: Policy): Promise<ForeignFact[]> {
  if (policy.foreignArchives.length === 0) return []
  const rows = await db
    .select({
      store: archiveStores.name,
      key: backupCopies.key,
      status: backups.status,
      takenAt: backups.takenAt,
      finishedAt: backups.finishedAt,
      error: backups.error,
    })
    .from(backups)
    .innerJoin(backupCopies, eq(backupCopies.backupId, backups.id))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.origin, 'foreign'),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
      ),
    )
    .orderBy(desc(backups.takenAt))
    .limit(recent)
  const [passed] = await db
    .select({ at: drills.finishedAt })
    .from(drills)
    .innerJoin(backups, eq(backups.id, drills.backupId))
    .where(and(eq(drills.targetId, targetId), eq(drills.verdict, 'passed'), eq(backups.origin, 'foreign')))
    .orderBy(desc(drills.finishedAt))
    .limit(1)
  const lastPassedDrillAt = passed?.at ?? null
  return policy.foreignArchives.map(({ store, prefix, maximumAgeHours }) => {
    const here = rows.filter((row) => row.store === store && row.key.startsWith(prefix))
    const whole = here.find(({ status }) => status !== 'failed')
    return {
      store,
      prefix,
      maximumAgeHours,
      newestAt: whole?.takenAt ?? null,
      lastPassedDrillAt,
      firstSeenAt: here.at(-1)?.finishedAt ?? null,
      proofHours: policy.objectives.proofHours,
      troubles: here
        // One that fell is told while it is the newest; a damaged one for as long as it lies there.
        .filter((row) => row.status === 'failed' || (row.status === 'suspicious' && row === whole))
        .map(({ key, status, error, takenAt, finishedAt }) => ({
          name: key,
          message: (error as { message?: string } | null)?.message ?? 'It cannot be relied on.',
          isDamaged: status === 'failed',
          at: finishedAt ?? takenAt!,
        })),
    }
  })
}

async function findKit(db: DbOrTx): Promise<KitFact> {
  const [last] = await db
    .select({ status: jobRuns.status, result: jobRuns.result, error: jobRuns.error, at: jobRuns.finishedAt })
    .from(jobRuns)
    .where(and(eq(jobRuns.kind, 'kit.test'), inArray(jobRuns.status, ['succeeded', 'failed'])))
    .orderBy(desc(jobRuns.finishedAt))
    .limit(1)
  if (!last) return { testedAt: null, problem: null }
  const result = last.result as {
    ok?: boolean
    archives?: { target: string; store: string; problem: string | null }[]
  } | null
  const closed = result?.archives?.find(({ problem }) => problem !== null)
  const problem =
    last.status === 'failed'
      ? ((last.error as { message?: string } | null)?.message ?? 'The test did not come to its end.')
      : result?.ok
        ? null
        : closed
          ? `${closed.target} in ${closed.store}: ${closed.problem}`
          : 'Not everything that is sealed opens.'
  return { testedAt: last.at, problem }
}

/** What alerts about others' archives and about the recovery kit are judged from. */
export async function getDisasterFacts(
  db: DbOrTx,
  target: { id: string; kind: 'application' | 'control' },
  policy: Policy,
): Promise<DisasterFacts> {
  return {
    foreign: await listForeign(db, target.id, policy),
    kit: target.kind === 'control' ? await findKit(db) : null,
  }
}
