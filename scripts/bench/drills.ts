import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withDrillServer } from '#lib/backups/drills/drill-server.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { withRestoredArchive } from '#lib/backups/drills/restore-archive.ts'
import { getDrill } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { unwrap } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { startTool } from '#lib/servers/tool-process.ts'
import { type ArchiveStage, withArchiveStage } from '#scripts/bench/archive-stage.ts'
import { rowsOfGigabyte, startWorkerProcess, type WorkerProcess } from '#scripts/bench/archives.ts'
import { judgePairs, measureInTurn, tableOf, type Verdict } from '#scripts/bench/paired.ts'

interface DrillStage extends ArchiveStage {
  backupId: string
  /** The same database by pg_dump alone. */
  plainDump: string
  phases: Map<string, number[]>
  /** From the start to compared facts, without what is looked at besides. */
  proven: number[]
  worker: WorkerProcess
}

async function runTool(tool: 'pgDump' | 'pgRestore', args: string[], url: string): Promise<void> {
  const running = startTool(requireTools()[tool], args, {
    url,
    purpose: 'bench',
    signal: new AbortController().signal,
  })
  running.child.stdout.resume()
  running.child.stdin.end()
  const { code, words } = await running.ended
  if (code !== 0) throw new Error(words)
}

/** What people do without Holdfast: one pg_restore of pg_dump's own archive, on the same server, into an empty database. */
const restorePlainly = (stage: DrillStage): Promise<number> =>
  withDrillServer(stage.ctx, async ({ admin, urlFor }) => {
    await admin`create database plain template template0`
    const begun = performance.now()
    await runTool(
      'pgRestore',
      ['--exit-on-error', '--no-owner', '--no-privileges', stage.plainDump],
      urlFor('plain'),
    )
    const ms = performance.now() - begun
    await admin`drop database plain`
    return ms
  })

/** A drill that stops where the copy stands: authenticated, restored, disarmed, cleaned up. */
async function restoreAlone({ ctx, backupId, targetId }: DrillStage): Promise<number> {
  const scope = {
    ctx,
    targetId,
    attempt: 1,
    signal: new AbortController().signal,
    phase: async () => {},
    progress: () => {},
    assertHeld: async () => {},
  } as unknown as JobScope
  const begun = performance.now()
  await withRestoredArchive(scope, backupId, async () => {})
  return performance.now() - begun
}

/** The whole job as a worker does it: facts, health checks, amcheck and all. */
async function drill(stage: DrillStage): Promise<number> {
  const { ctx, target, backupId } = stage
  const { drillId, jobRunId } = unwrap(await requestDrill(ctx, { target, backupId }))
  const ms = await stage.worker.run(jobRunId)
  const { verdict, error, differences, phases, recoveryMs } = await getDrill(ctx.db, drillId)
  if (verdict !== 'passed') throw new Error(JSON.stringify({ verdict, error, differences }))
  for (const phase of phases)
    stage.phases.set(phase.name, [...(stage.phases.get(phase.name) ?? []), phase.durationMs])
  stage.proven.push(recoveryMs!)
  return ms
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

function tell(verdicts: Verdict[], stage: DrillStage, databaseBytes: number, isBusy: boolean): string {
  const peak = stage.worker.peakRssBytes()
  const phases = [...stage.phases].map(([name, ms]) => `${name} ${(middle(ms) / 1000).toFixed(1)} s`)
  return [
    `A database of ${formatBytes(databaseBytes)}, one table with nearly all of it. Against one \`pg_restore\` of \`pg_dump -Fc\` of the same database, on the same drill server, into an empty database of it. The whole drill also runs the health checks and amcheck, which plain pg_restore has nothing to set against.`,
    '',
    tableOf(verdicts, isBusy),
    '',
    `Medians of the drill's phases: ${phases.join(', ')}. Most memory of the worker: ${formatBytes(peak)} (goal ≤ 300 MB: ${peak <= 300_000_000 ? 'met' : 'missed'}).`,
  ].join('\n')
}

async function prepare(stage: ArchiveStage): Promise<DrillStage> {
  const plainDump = join(stage.directory, 'plain.dump')
  await runTool('pgDump', ['--format=custom', `--file=${plainDump}`], stage.url)
  const { backupId, jobRunId } = unwrap(
    await requestBackup(stage.ctx, { target: stage.target, kind: 'archive' }),
  )
  const worker = startWorkerProcess(stage)
  await worker.ready
  await worker.run(jobRunId)
  return { ...stage, backupId, plainDump, phases: new Map(), proven: [], worker }
}

/** What a drill costs against pg_restore alone. Starts its own servers; a gigabyte takes about an hour. */
export const benchDrills = (
  tiny: boolean,
  pairs: number,
  isBusy: boolean,
  rows = tiny ? 2_000 : rowsOfGigabyte,
): Promise<string> =>
  withArchiveStage(rows, async (bare) => {
    const stage = await prepare(bare)
    // Kept running in between, so that nobody measures the start of a server.
    const measured = await withDrillServer(stage.ctx, () =>
      measureInTurn(
        {
          plain: () => restorePlainly(stage),
          restore: () => restoreAlone(stage),
          drill: () => drill(stage),
        },
        pairs,
        (round) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} round ${round}\n`),
      ),
    )
    const [size] = await stage.sql<[{ bytes: string }]>`
      select pg_database_size(current_database())::text as bytes`
    const judge = (name: string, values: number[], goal: number | null) =>
      judgePairs({
        name,
        against: 'pg_restore',
        unit: 'ms',
        measured: values,
        baseline: measured.plain!,
        goal,
      })
    await rm(stage.plainDump, { force: true })
    const report = tell(
      [
        judge('restore: authenticated, decrypted, inert', measured.restore!, 1.15),
        judge('drill until its facts are proven', stage.proven.slice(-pairs), 1.6),
        judge('drill with health checks and amcheck', measured.drill!, null),
      ],
      stage,
      Number(size.bytes),
      isBusy,
    )
    stage.worker.stop()
    return report
  })
