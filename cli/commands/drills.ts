import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { listStoreProofs, readDrillStreak } from '#lib/backups/drills/read-drills.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { getBackup, getDrill, listDrills } from '#lib/backups/queries.ts'
import type { Drill, Verification } from '#lib/backups/types.ts'
import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'

const summary = (drill: Drill, verification?: Verification | null) => ({
  id: drill.id,
  target: drill.targetName,
  backup: drill.backupId,
  status: drill.status,
  verdict: drill.verdict,
  ...(verification === undefined ? {} : { verification }),
  startedAt: drill.startedAt,
  finishedAt: drill.finishedAt,
  recoveryMs: drill.recoveryMs,
  phases: drill.phases,
  differences: drill.differences,
  copyId: drill.copyId,
  checks: drill.checks,
  unchecked: drill.unchecked,
  serverVersion: drill.serverVersion,
  error: drill.error,
})

/** What a level means, in words: nothing is called verified that was only looked at. */
const levelText = (level: Verification | null): string =>
  ({
    checksum: 'checksum (its bytes are those that were written)',
    listed: 'listed (its bytes are whole and its contents complete; never restored)',
    restored: 'restored (it restores; it is not proven to be what was dumped)',
    'facts-proven': 'facts-proven (it restores to exactly what was dumped)',
  })[level!] ?? 'unproven'

const shownDifferences = 20
const shownUnchecked = 10

function tell(drill: Drill): string {
  const { verdict, phases, differences, checks, unchecked, error } = drill
  const lines = [`Drill of archive ${drill.backupId}: ${paintState(verdict ?? drill.status)}`]
  lines.push(
    table(
      ['phase', 'took'],
      phases.map(({ name, durationMs }) => [name, formatDuration(durationMs)]),
    ),
  )
  if (drill.recoveryMs !== null) lines.push(`Restored and compared in ${formatDuration(drill.recoveryMs)}.`)
  if (error) lines.push(`${error.message}${error.hint ? `\n→ ${error.hint}` : ''}`)
  if (differences.length > 0) {
    lines.push(
      table(
        ['differs', 'in', 'expected', 'found'],
        differences.slice(0, shownDifferences).map((one) => [one.kind, one.subject, one.expected, one.found]),
      ),
    )
  }
  const red = checks.filter(({ status }) => status !== 'healthy')
  if (checks.length > 0)
    lines.push(
      `${checks.length - red.length} of ${checks.length} health checks are green on the copy; the facts decide.`,
    )
  if (red.length > 0) {
    lines.push(
      table(
        ['check', 'on the copy', 'at the source then', 'details'],
        red.map((one) => [one.check, one.status, one.atSource ?? 'had not run', one.details]),
      ),
    )
  }
  if (unchecked.length > 0) {
    lines.push(
      table(
        ['not looked at', 'why', 'what helps'],
        unchecked.slice(0, shownUnchecked).map((one) => [one.what, one.why, one.hint]),
      ),
    )
    if (unchecked.length > shownUnchecked)
      lines.push(`… and ${unchecked.length - shownUnchecked} more (--json)`)
  }
  return lines.join('\n')
}

/** `drills run|list`. */
export function addDrillsCommands(program: Command): void {
  const drills = program.command('drills').description('test restores that demand equal facts')

  addCommand(drills, {
    usage: 'run <target>',
    about: 'restore an archive into a scratch database and compare its facts (exit 3 unless it passed)',
    options: [
      ['--backup <id>', 'this archive instead of the newest good one'],
      ['--store <name>', 'its copy in this store instead of the best one'],
    ],
    async run(door, [target], options) {
      const backup = options.backup ? await getBackup(door.ctx.db, String(options.backup)) : null
      const { drillId, backupId, jobRunId } = requireDone(
        await requestDrill(door.ctx, {
          target,
          ...(backup ? { backupId: backup.id } : {}),
          ...(options.store ? { store: String(options.store) } : {}),
        }),
      )
      await doJob(door, jobRunId)
      const drill = await getDrill(door.ctx.db, drillId)
      const { verification } = await getBackup(door.ctx.db, backupId)
      return {
        json: summary(drill, verification),
        text: `${tell(drill)}\nThe archive is now: ${levelText(verification)}`,
        exit: drill.verdict === 'passed' ? 0 : 3,
      }
    },
  })

  addCommand(drills, {
    usage: 'list <target>',
    about: 'the drills so far with verdict and measured recovery time',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const all = await listDrills(ctx.db, { targetId: target.id })
      const { timeZone, stores } = (await getPolicy(ctx.db, target.id)).document
      const { currentDays, longestDays, goalDays } = await readDrillStreak(ctx.db, target.id, {
        now: new Date(),
        timeZone,
      })
      const proofs = await listStoreProofs(ctx.db, target.id, stores)
      return {
        json: {
          drills: all.map((drill) => summary(drill)),
          streak: { currentDays, longestDays, goalDays, timeZone },
          stores: proofs.map(({ store, backupId, provenAt }) => ({ store, backup: backupId, provenAt })),
        },
        text:
          all.length === 0
            ? `No drill has ever been run for ${target.name}. Run one: holdfast drills run ${target.name}`
            : [
                table(
                  ['id', 'finished', 'verdict', 'recovery time', 'differences', 'not looked at', 'error'],
                  all.map((one) => [
                    one.id,
                    one.finishedAt?.toISOString(),
                    paintState(one.verdict ?? one.status),
                    one.recoveryMs === null ? null : formatDuration(one.recoveryMs),
                    one.differences.length,
                    one.unchecked.length,
                    one.error?.message,
                  ]),
                ),
                '',
                `${countOf(currentDays, 'day')} in a row with a passed drill and no failed one (${timeZone}); longest ${longestDays}, goal ${goalDays}.`,
                ...proofs.map(
                  ({ store, provenAt }) => `${store}: last proven ${provenAt?.toISOString() ?? 'never'}`,
                ),
              ].join('\n'),
      }
    },
  })
}
