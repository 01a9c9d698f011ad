import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { type ComparePayload, compareTargets } from '#lib/drift/compare-targets.ts'
import { type Comparison, getComparison } from '#lib/drift/queries.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { requestSyncRepair } from '#lib/drift/request-sync-repair.ts'
import { syncRepairKind } from '#lib/drift/sync-repair-kind.ts'
import type { FoundTable } from '#lib/drift/types.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers, JobRun } from '#lib/jobs/types.ts'
import type { OperationKinds } from '#lib/operations/kinds.ts'
import { getOperation, type OperationDetails } from '#lib/operations/queries.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import type { Environment } from '#lib/targets/types.ts'
import { restoreHandlers } from '#lib/testing/restore-handlers.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

interface StageTarget {
  id: string
  name: string
  url: string
  sql: postgres.Sql
}

/** A store and two targets made by scripts, and the steps of a comparison as short calls; all of it real. */
export interface DriftStage {
  store: TestStore
  master: StageTarget
  site: StageTarget
  worker: Ctx
  /** How long a row has to differ before it is believed. */
  settleMs: number
  /** Files a comparison and does it; its record, whatever became of it. */
  compare(request?: Record<string, unknown>): Promise<Comparison>
  /** Files a repair of the site with the other one as its master, or the other way round, and plans it. */
  repair(request?: Record<string, unknown>, direction?: 'site' | 'agent'): Promise<OperationDetails>
  /** Runs what needs no approval; the operation as it ended. */
  run(operation: OperationDetails): Promise<OperationDetails>
  work(jobRunId: string): Promise<JobRun>
}

export interface DriftStageOptions {
  environment?: Environment
  sitePolicy?: PolicyInput
  /** Where the second database is: another server. */
  siteServer?: string
  /** As whom Holdfast works in the second one. */
  siteUrl?(url: string): string
  /** Of other operations, beside the repair. */
  kinds?: OperationKinds
}

export async function createDriftStage(
  masterScript: string,
  siteScript: string = masterScript,
  {
    environment = 'development',
    sitePolicy,
    siteServer,
    siteUrl = (url) => url,
    kinds = [],
  }: DriftStageOptions = {},
): Promise<DriftStage> {
  const store = await createTestStore()
  const add = async (
    name: string,
    { url, sql }: { url: string; sql: postgres.Sql },
    policy?: PolicyInput,
  ): Promise<StageTarget> => {
    const { id } = unwrap(
      await addTarget(store.ctx, { name, url, environment, ...(policy ? { policy } : {}) }),
    )
    return { id, name, url, sql }
  }
  const master = await add('agent', await createTestDatabase(masterScript))
  const database = await createTestDatabase(siteScript, ...(siteServer ? [siteServer] : []))
  const site = await add('site', { ...database, url: siteUrl(database.url) }, sitePolicy)
  const worker: Ctx = { ...store.ctx, actor: { kind: 'worker', workerId: 'test' } }

  createTestDataDirectory()
  const stage: DriftStage = {
    store,
    master,
    site,
    worker,
    settleMs: 30,
    async compare(request = {}) {
      const { comparisonIds, jobRunId } = unwrap(
        await requestDriftComparison(store.ctx, { target: 'site', master: 'agent', ...request }),
      )
      await stage.work(jobRunId)
      return getComparison(store.db, comparisonIds[0]!)
    },
    async repair(request = {}, direction = 'site') {
      const [target, from] = direction === 'site' ? [stage.site, master] : [master, stage.site]
      const { operationId, jobRunId } = unwrap(
        await requestSyncRepair(store.ctx, {
          targetId: target.id,
          reason: 'the two have drifted apart',
          request: { source: { kind: 'target', targetId: from.id }, ...request },
        }),
      )
      await stage.work(jobRunId)
      return getOperation(store.db, operationId)
    },
    async run(operation) {
      const { jobRunId } = unwrap(
        await requestOperationRun(store.ctx, {
          operationId: operation.id,
          fingerprint: operation.fingerprint,
          targetName: operation.targetName,
        }),
      )
      await stage.work(jobRunId)
      return getOperation(store.db, operation.id)
    },
    async work(jobRunId) {
      const handlers = {
        ...restoreHandlers([syncRepairKind as OperationKind, ...kinds]),
        'drift.compare': (scope, payload) =>
          compareTargets(scope, payload as unknown as ComparePayload, stage.settleMs),
      } as JobHandlers
      await runJob(worker, handlers, jobRunId, 'test')
      return getJobRun(store.db, jobRunId)
    },
  }
  return stage
}

/** What a comparison says of one table. */
export function foundOf({ found, error }: Comparison, table: string): FoundTable {
  const one = found?.tables.find((each) => each.table === table)
  if (!one) throw new Error(`nothing was found of ${table}: ${JSON.stringify(error)}`)
  return one
}

/** The numbers alone. */
export const countsOf = (comparison: Comparison, table: string) => {
  const { masterRows, targetRows, missing, extra, changed, inSync } = foundOf(comparison, table)
  return { masterRows, targetRows, missing, extra, changed, inSync }
}
