import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { getBackup, getDrill, listDrills } from '#lib/backups/queries.ts'
import { requestDrill } from '#lib/backups/request-drill.ts'
import type { Drill, Verification } from '#lib/backups/types.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

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
  error: drill.error,
})

const shownDifferences = 20

function tell(drill: Drill): string {
  const { verdict, phases, differences, error } = drill
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
  return lines.join('\n')
}

/** `drills run|list`. */
export function addDrillsCommands(program: Command): void {
  const drills = program.command('drills').description('test restores that demand equal facts')

  addCommand(drills, {
    usage: 'run <target>',
    about: 'restore an archive into a scratch database and compare its facts (exit 3 unless it passed)',
    options: [['--backup <id>', 'this archive instead of the newest good one']],
    async run(door, [target], options) {
      const backup = options.backup ? await getBackup(door.ctx.db, String(options.backup)) : null
      const { drillId, backupId, jobRunId } = requireDone(
        await requestDrill(door.ctx, { target, ...(backup ? { backupId: backup.id } : {}) }),
      )
      await doJob(door, jobRunId)
      const drill = await getDrill(door.ctx.db, drillId)
      const { verification } = await getBackup(door.ctx.db, backupId)
      return {
        json: summary(drill, verification),
        text: tell(drill),
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
      return {
        json: { drills: all.map((drill) => summary(drill)) },
        text:
          all.length === 0
            ? `No drill has ever been run for ${target.name}. Run one: holdfast drills run ${target.name}`
            : table(
                ['id', 'finished', 'verdict', 'recovery time', 'differences', 'error'],
                all.map((one) => [
                  one.id,
                  one.finishedAt?.toISOString(),
                  paintState(one.verdict ?? one.status),
                  one.recoveryMs === null ? null : formatDuration(one.recoveryMs),
                  one.differences.length,
                  one.error?.message,
                ]),
              ),
      }
    },
  })
}
