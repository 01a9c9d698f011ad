import { and, desc, eq, inArray, isNotNull } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import { guardStates } from '#drizzle/schema/guards.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Policy } from '#lib/targets/policy.ts'

export interface BackupRecord {
  id: string
  kind: 'snapshot' | 'archive'
  status: 'good' | 'suspicious' | 'failed'
  verification: 'checksum' | 'listed' | 'restored' | 'facts-proven' | null
  takenAt: Date | null
  finishedAt: Date
}

export interface DrillRecord {
  id: string
  verdict: 'passed' | 'failed' | 'inconclusive'
  finishedAt: Date
}

export interface GuardRecord {
  table: string
  state: 'installed' | 'outdated' | 'missing' | 'tampered' | 'unsupported'
  problems: string[]
  verifiedAt: Date
}

export interface MirrorRecord {
  mirror: string
  master: string
  newest: {
    finishedAt: Date
    /** Null: it failed, which is no agreement. */
    inSync: boolean | null
    differences: number
    error: string | null
  } | null
}

/** What Holdfast itself wrote down about a target: judged without asking the target anything. */
export interface OwnRecords {
  isApplication: boolean
  addedAt: Date
  /** The newest good one of each kind, and the newest that ended at all. */
  newestGood: { snapshot: BackupRecord | null; archive: BackupRecord | null }
  newestEnded: BackupRecord[]
  newestDrill: DrillRecord | null
  newestPassedDrill: DrillRecord | null
  guards: GuardRecord[]
  mirrors: MirrorRecord[]
}

const ended = ['good', 'suspicious', 'failed'] as const

async function readBackups(
  db: DbOrTx,
  targetId: string,
): Promise<Pick<OwnRecords, 'newestGood' | 'newestEnded'>> {
  const newest = async (statuses: readonly (typeof ended)[number][], order: 'takenAt' | 'finishedAt') =>
    (await db
      .selectDistinctOn([backups.kind], {
        id: backups.id,
        kind: backups.kind,
        status: backups.status,
        verification: backups.verification,
        takenAt: backups.takenAt,
        finishedAt: backups.finishedAt,
      })
      .from(backups)
      .where(
        and(
          eq(backups.targetId, targetId),
          eq(backups.origin, 'holdfast'),
          inArray(backups.status, statuses),
          isNotNull(backups.finishedAt),
        ),
      )
      .orderBy(backups.kind, desc(backups[order]))) as BackupRecord[]
  const good = await newest(['good'], 'takenAt')
  const of = (kind: BackupRecord['kind']) => good.find((backup) => backup.kind === kind) ?? null
  return {
    newestGood: { snapshot: of('snapshot'), archive: of('archive') },
    newestEnded: await newest(ended, 'finishedAt'),
  }
}

async function readDrills(
  db: DbOrTx,
  targetId: string,
): Promise<Pick<OwnRecords, 'newestDrill' | 'newestPassedDrill'>> {
  const newest = async (verdicts: DrillRecord['verdict'][]): Promise<DrillRecord | null> => {
    const [row] = await db
      .select({ id: drills.id, verdict: drills.verdict, finishedAt: drills.finishedAt })
      .from(drills)
      .where(
        and(eq(drills.targetId, targetId), inArray(drills.verdict, verdicts), isNotNull(drills.finishedAt)),
      )
      .orderBy(desc(drills.finishedAt))
      .limit(1)
    return (row as DrillRecord | undefined) ?? null
  }
  return {
    newestDrill: await newest(['passed', 'failed', 'inconclusive']),
    newestPassedDrill: await newest(['passed']),
  }
}

interface FoundTables {
  tables?: { missing?: number; extra?: number; changed?: number }[]
}

const endedJob = ['succeeded', 'failed', 'cancelled']

async function readMirrors(db: DbOrTx, targetId: string, policy: Policy): Promise<MirrorRecord[]> {
  const read = async ({ name, master }: Policy['mirrors'][number]): Promise<MirrorRecord> => {
    const rows = await db
      .select({ comparison: driftComparisons, jobStatus: jobRuns.status, jobEndedAt: jobRuns.finishedAt })
      .from(driftComparisons)
      .leftJoin(jobRuns, eq(jobRuns.id, driftComparisons.jobRunId))
      .where(and(eq(driftComparisons.targetId, targetId), eq(driftComparisons.mirror, name)))
      .orderBy(desc(driftComparisons.createdAt))
      .limit(5)
    // One whose job ended without a word of its own has failed as well.
    const last = rows.find(
      ({ comparison, jobStatus }) =>
        comparison.finishedAt !== null || (jobStatus && endedJob.includes(jobStatus)),
    )
    if (!last) return { mirror: name, master, newest: null }
    const { comparison, jobEndedAt } = last
    const tables = (comparison.found as FoundTables | null)?.tables ?? []
    return {
      mirror: name,
      master,
      newest: {
        finishedAt: comparison.finishedAt ?? jobEndedAt ?? comparison.createdAt,
        inSync: comparison.status === 'compared' ? comparison.inSync : null,
        differences: tables.reduce(
          (sum, table) => sum + (table.missing ?? 0) + (table.extra ?? 0) + (table.changed ?? 0),
          0,
        ),
        error: (comparison.error as { message?: string } | null)?.message ?? null,
      },
    }
  }
  return Promise.all(policy.mirrors.map(read))
}

export async function readOwnRecords(db: DbOrTx, targetId: string, policy: Policy): Promise<OwnRecords> {
  const [target] = await db
    .select({ kind: targets.kind, createdAt: targets.createdAt })
    .from(targets)
    .where(eq(targets.id, targetId))
  const guards = await db.select().from(guardStates).where(eq(guardStates.targetId, targetId))
  return {
    isApplication: target!.kind === 'application',
    addedAt: target!.createdAt,
    ...(await readBackups(db, targetId)),
    ...(await readDrills(db, targetId)),
    guards: guards.map(({ tableName, state, problems, verifiedAt }) => ({
      table: tableName,
      state,
      problems: problems as string[],
      verifiedAt,
    })),
    mirrors: await readMirrors(db, targetId, policy),
  }
}
