import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { Ctx } from '#lib/context.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { databaseRestoreKind } from '#lib/restores/database/database-restore-kind.ts'
import { databaseSwitchKind } from '#lib/restores/database/database-switch-kind.ts'
import type { DatabaseRestoreResult } from '#lib/restores/database/database-types.ts'
import { requestDatabaseRestore } from '#lib/restores/database/request-database-restore.ts'
import { requestDatabaseSwitch } from '#lib/restores/database/request-database-switch.ts'
import { restoreKind } from '#lib/restores/restore-kind.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import {
  createRestoreStage,
  type RestoreStage,
  type RestoreStageOptions,
} from '#lib/testing/restore-stage.ts'
import { testUrl } from '#lib/testing/test-db.ts'

const childScript = fileURLToPath(new URL('./run-restore-job.ts', import.meta.url))

export interface DatabaseStage extends RestoreStage {
  /** The live database's name. */
  live: string
  /** A session beside it, as the server's superuser. */
  server: postgres.Sql
  /** The databases that were made beside it. */
  beside(): Promise<string[]>
  /** Runs a statement's rows out of any database of the server. */
  query(database: string, text: string): Promise<Record<string, unknown>[]>
  planRestore(backupId: string, by?: Ctx): Promise<OperationDetails>
  planSwitch(operationId: string, back?: boolean): Promise<OperationDetails>
  /** Restores and returns what was made. */
  restored(backupId: string): Promise<{ operation: OperationDetails; result: DatabaseRestoreResult }>
  /** Has a process of its own do a run and die at the fail-point; then another worker takes it over. */
  killAt(operation: OperationDetails, failPoint: string): Promise<OperationDetails>
}

/** A target whose whole database can be restored and switched; what is made beside it goes at the file's end. */
export async function createDatabaseStage(
  script: string,
  options: Pick<RestoreStageOptions, 'environment' | 'targetThrough'> = {},
): Promise<DatabaseStage> {
  const stage = await createRestoreStage(script, {
    environment: 'development',
    ...options,
    kinds: [
      restoreKind as OperationKind,
      databaseRestoreKind as OperationKind,
      databaseSwitchKind as OperationKind,
    ],
  })
  const live = new URL(stage.target.url).pathname.slice(1)
  const server = postgres(testUrl('postgres'), { max: 2, onnotice: () => {} })
  const beside = async () =>
    (
      await server<{ name: string }[]>`
      select datname as name from pg_database where datname like ${`${live}\\_%`} order by 1`
    ).map(({ name }) => name)
  cleanUp(async () => {
    for (const name of await beside()) await server.unsafe(`drop database if exists "${name}" with (force)`)
    await server.end()
  })
  const whole: DatabaseStage = {
    ...stage,
    live,
    server,
    beside,
    async query(database, text) {
      const session = postgres(testUrl(database), { max: 1, onnotice: () => {} })
      try {
        return [...(await session.unsafe(text))]
      } finally {
        await session.end()
      }
    },
    planRestore: (backupId, by = stage.store.ctx) =>
      stage.planned(
        requestDatabaseRestore(by, {
          targetId: stage.target.id,
          reason: 'the whole database is in doubt',
          request: { backupId },
        }),
      ),
    planSwitch: (operationId, back = false) =>
      stage.planned(
        requestDatabaseSwitch(stage.store.ctx, {
          targetId: stage.target.id,
          reason: 'the restored one is right',
          request: { operationId, back },
        }),
      ),
    async restored(backupId) {
      const operation = await stage.run(await whole.planRestore(backupId))
      if (operation.status !== 'succeeded') throw new Error(JSON.stringify(operation.error))
      return { operation, result: operation.result as DatabaseRestoreResult }
    },
    async killAt(operation, failPoint) {
      if (operation.status === 'awaiting-approval') await stage.approve(operation)
      const jobRunId = await stage.press(operation)
      const child = spawn(process.execPath, [childScript, stage.store.url, jobRunId], {
        env: { ...process.env, HOLDFAST_FAILPOINT: failPoint, HOLDFAST_LOG_LEVEL: 'fatal' },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const [, signal] = await once(child, 'exit')
      if (signal !== 'SIGKILL')
        throw new Error(`the worker ended by ${signal} and did not reach ${failPoint}`)
      await stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))
      await stage.work(jobRunId)
      return stage.reload(operation)
    },
  }
  return whole
}
