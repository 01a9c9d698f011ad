import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { inject } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'
import { startTcpProxy, type TcpProxy } from '#lib/testing/tcp-proxy.ts'

/** Part of what the driver sends to leave the marker. */
export const markerStatement = 'insert into holdfast.operation_markers'

/** A restore stage whose target has a server of its own, and whose ways to the target and to the control database break on request. */
export interface BreakableStage extends RestoreStage {
  toTarget: TcpProxy
  toControl: TcpProxy
  /** Asks the target directly; nothing of the faults goes through. */
  direct(text: string): Promise<Record<string, unknown>[]>
  /** Makes ready for `crash`, which then is done at once. */
  learnServer(): Promise<void>
  /** What a power cut leaves: the server writes nothing to its end. */
  crash(): void
  /** Waits for the crashed server's end and starts it again. */
  restart(): Promise<void>
  /** When the COMMIT after the operation's marker is sent. */
  atCommit(operation: OperationDetails, then: Parameters<TcpProxy['whenSent']>[1]): void
  /** The worker's rounds, as if a minute had gone by. */
  settle(): Promise<void>
  /** Another worker's turn at a job whose process is dead. */
  takeOver(jobRunId: string): Promise<void>
}

export async function createBreakableStage(script: string): Promise<BreakableStage> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-faults-'))
  chmodSync(home, 0o755)
  // Commits that nobody waits for are lost by a crash for as long as the log is not written: here, practically always.
  const settings = {
    synchronous_commit: 'off',
    wal_writer_delay: '10s',
    shared_buffers: '16MB',
    max_connections: '60',
  }
  const start = () => startEmbeddedServer(home, { quickAndUnsafe: true, settings })
  const server = await start()
  const toTarget = await startTcpProxy('127.0.0.1', server.port)
  const control = new URL(inject('serverUrl'))
  const toControl = await startTcpProxy(control.hostname, Number(control.port))
  const stage = await createRestoreStage(script, {
    environment: 'development',
    server: server.urlFor('postgres'),
    targetThrough: toTarget.urlThrough,
    workerThrough: toControl.urlThrough,
  })
  cleanUp(async () => {
    await toTarget.close()
    await toControl.close()
    await (await start()).stop()
    rmSync(home, { recursive: true, force: true })
  })
  let postmaster = 0

  const breakable: BreakableStage = {
    ...stage,
    toTarget,
    toControl,
    async direct(text) {
      const session = postgres(stage.target.url, { max: 1, onnotice: () => {} })
      try {
        return [...(await session.unsafe(text))]
      } finally {
        await session.end({ timeout: 1 })
      }
    },
    async learnServer() {
      const [row] = await breakable.direct(`select current_setting('data_directory') as place`)
      postmaster = Number(readFileSync(join(String(row!.place), 'postmaster.pid'), 'utf8').split('\n')[0])
    },
    crash() {
      process.kill(postmaster, 'SIGQUIT')
      // A proxy whose server is gone takes connections all the same; a machine that is gone does not.
      setTimeout(() => toTarget.cut(), 50)
    },
    async restart() {
      while (existsSync(`/proc/${postmaster}`)) await new Promise((resolve) => setTimeout(resolve, 20))
      await start()
      toTarget.mend()
    },
    // The driver has said COMMIT in this session before, and only names it now: what comes after the marker's values is it.
    atCommit: (operation, then) =>
      toTarget.whenSent(markerStatement, () =>
        toTarget.whenSent(operation.id, () => toTarget.whenSent('', then)),
      ),
    async settle() {
      const ended = { finishedAt: sql`now() - interval '1 minute'`, leaseUntil: null }
      await stage.store.db.update(jobRuns).set(ended).where(eq(jobRuns.status, 'failed'))
      for (const jobRunId of await reconcileOperations(stage.store.ctx)) await stage.work(jobRunId)
    },
    async takeOver(jobRunId) {
      await stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))
      await stage.work(jobRunId)
    },
  }
  return breakable
}
