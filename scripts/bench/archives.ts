import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { ArchiveManifest } from '#lib/backups/types.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { startTool } from '#lib/servers/tool-process.ts'
import { type ArchiveStage, withArchiveStage } from '#scripts/bench/archive-stage.ts'
import { judgePairs, measureInTurn, tableOf, type Verdict } from '#scripts/bench/paired.ts'
import { workerNodeFlags } from '#worker/node-flags.ts'

export const rowsOfGigabyte = 3_200_000

interface Seen {
  archiveBytes: number[]
  plainBytes: number[]
  /** By phase of the job. */
  phases: Map<string, number[]>
  peakRssBytes: number
}

/** A worker of its own, started as Holdfast starts one, that does one job after the other. */
export function startWorkerProcess(stage: ArchiveStage) {
  const child = fork(join(packageRoot, 'scripts/bench/archive-worker.ts'), [stage.controlUrl, stage.key], {
    execArgv: [...workerNodeFlags],
    env: { ...process.env, HOLDFAST_DATA: stage.directory },
  })
  const answer = () =>
    new Promise<number>((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the worker ended with ${code}`))
      child.once('exit', ended)
      child.once('message', (ms) => {
        child.off('exit', ended)
        resolve(Number(ms))
      })
    })
  return {
    ready: answer(),
    run(jobRunId: string): Promise<number> {
      const answered = answer()
      child.send(jobRunId)
      return answered
    },
    /** The most memory it ever had. */
    peakRssBytes(): number {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
    },
    stop: () => child.disconnect(),
  }
}

export type WorkerProcess = ReturnType<typeof startWorkerProcess>

/** What people do without Holdfast: pg_dump's own compression into a file, made durable. */
async function dumpPlainly(stage: ArchiveStage, seen: Seen): Promise<number> {
  const path = join(stage.directory, 'plain.dump')
  const { pgDump } = requireTools()
  const begun = performance.now()
  const dump = startTool(pgDump, ['--format=custom', `--file=${path}`], {
    url: stage.url,
    purpose: 'bench',
    signal: new AbortController().signal,
  })
  dump.child.stdout.resume()
  const { code, words } = await dump.ended
  if (code !== 0) throw new Error(words)
  const file = await open(path, 'r+')
  await file.sync()
  const ms = performance.now() - begun
  seen.plainBytes.push((await file.stat()).size)
  await file.close()
  await rm(path)
  return ms
}

/** The whole job as a worker does it: with the facts, read back, authenticated, listed, recorded. */
async function takeArchive(stage: ArchiveStage, worker: WorkerProcess, seen: Seen): Promise<number> {
  const { ctx, target } = stage
  const { backupId, jobRunId } = unwrap(await requestBackup(ctx, { target, kind: 'archive' }))
  const ms = await worker.run(jobRunId)
  const backup = await getBackup(ctx.db, backupId)
  if (backup.status !== 'good') throw new Error(`not good: ${JSON.stringify(backup.error)}`)
  seen.archiveBytes.push(backup.sizeBytes!)
  for (const { name, durationMs } of (await getJobRun(ctx.db, jobRunId)).phases)
    seen.phases.set(name, [...(seen.phases.get(name) ?? []), durationMs ?? 0])
  await rm(join(stage.directory, 'archives', (backup.manifest as ArchiveManifest).targetId), {
    recursive: true,
  })
  return ms
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const spread = (values: readonly number[]): string =>
  `${(Math.min(...values) / 1000).toFixed(1)}–${(Math.max(...values) / 1000).toFixed(1)} s`

function tell(verdict: Verdict, seen: Seen, databaseBytes: number, isBusy: boolean): string {
  const [here, there] = [middle(seen.archiveBytes), middle(seen.plainBytes)]
  const phases = [...seen.phases].map(([name, ms]) => `${name} ${(middle(ms) / 1000).toFixed(1)} s`)
  return [
    `A database of ${formatBytes(databaseBytes)}, one table with nearly all of it. Archive: dump, zstd, age encryption, MAC, fsync, facts of every table, read back, authenticated, listed, globals and manifest. Against it: \`pg_dump -Fc\` into a file on the same disk, synced.`,
    '',
    tableOf([verdict], isBusy),
    '',
    `From least to most: ${spread(verdict.measured)} here, ${spread(verdict.baseline)} there.`,
    '',
    '| What | pg_dump -Fc | Archive | Goal | |',
    '|---|---|---|---|---|',
    `| Size | ${formatBytes(there)} | ${formatBytes(here)} | not larger | ${here <= there ? 'met' : 'missed'} |`,
    `| Most memory of the worker | | ${formatBytes(seen.peakRssBytes)} | ≤ 300 MB | ${seen.peakRssBytes <= 300_000_000 ? 'met' : 'missed'} |`,
    '',
    `Medians of the archive's phases: ${phases.join(', ')}.`,
  ].join('\n')
}

/** What an archive costs against pg_dump alone. Starts its own server; a gigabyte takes about half an hour. */
export const benchArchives = (tiny: boolean, pairs: number, isBusy: boolean): Promise<string> =>
  withArchiveStage(tiny ? 2_000 : rowsOfGigabyte, async (stage) => {
    const seen: Seen = { archiveBytes: [], plainBytes: [], phases: new Map(), peakRssBytes: 0 }
    const worker = startWorkerProcess(stage)
    await worker.ready
    const measured = await measureInTurn(
      { plain: () => dumpPlainly(stage, seen), archive: () => takeArchive(stage, worker, seen) },
      pairs,
      (round) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} round ${round}\n`),
    )
    seen.peakRssBytes = worker.peakRssBytes()
    worker.stop()
    const [size] = await stage.sql<[{ bytes: string }]>`
      select pg_database_size(current_database())::text as bytes`
    const verdict = judgePairs({
      name: 'archive, wall time',
      against: 'pg_dump -Fc and fsync',
      unit: 'ms',
      measured: measured.archive!,
      baseline: measured.plain!,
      goal: 0.8,
    })
    return tell(verdict, seen, Number(size.bytes), isBusy)
  })
