import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { colors, table } from '#cli/output.ts'
import { getBackup, listBackups } from '#lib/backups/queries.ts'
import { clearFreeze } from '#lib/backups/retention/clear-freeze.ts'
import { holdBackup } from '#lib/backups/retention/hold-backup.ts'
import { readRetention } from '#lib/backups/retention/read-retention.ts'
import { releaseBackup } from '#lib/backups/retention/release-backup.ts'
import { keptInWords } from '#lib/backups/retention/retention.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const everyBackup = 100_000

/** `backups retention|hold|release|unfreeze`: added to `backups`. */
export function addRetentionCommands(backups: Command): void {
  addCommand(backups, {
    usage: 'retention <target>',
    about: 'what would expire now, and why the rest stays; deletes nothing',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const report = await readRetention(ctx.db, target.id, new Date())
      const all = new Map(
        (await listBackups(ctx.db, { targetId: target.id, limit: everyBackup })).map((one) => [one.id, one]),
      )
      const lines = report.verdicts.flatMap((verdict) => {
        const backup = all.get(verdict.backupId)
        return backup ? [{ verdict, backup }] : []
      })
      const going = lines.filter(({ verdict }) => verdict.expires).length
      return {
        json: {
          target: target.name,
          timeZone: report.timeZone,
          retention: report.policy,
          frozen: report.freezes.map(({ reason, subject, frozenAt }) => ({ reason, subject, frozenAt })),
          stoppedBecause: report.stoppedBecause,
          backups: lines.map(({ verdict, backup }) => ({
            id: backup.id,
            kind: backup.kind,
            status: backup.status,
            verification: backup.verification,
            takenAt: backup.takenAt,
            finishedAt: backup.finishedAt,
            sizeBytes: backup.sizeBytes,
            expires: verdict.expires,
            keptBecause: verdict.keptBecause,
          })),
        },
        text: [
          ...report.stoppedBecause.map((reason) => colors.yellow(`Nothing expires: ${reason}`)),
          ...(report.freezes.length > 0
            ? [`→ When it is dealt with: holdfast backups unfreeze ${target.name} --reason "…"`, '']
            : []),
          lines.length === 0
            ? `There is no finished backup of ${target.name}.`
            : table(
                ['id', 'kind', 'done', 'status', 'verification', 'retention'],
                lines.map(({ verdict, backup }) => [
                  backup.id,
                  backup.kind,
                  (backup.finishedAt ?? backup.takenAt)?.toISOString(),
                  backup.status,
                  backup.verification,
                  verdict.expires ? 'expires' : `stays: ${keptInWords(verdict.keptBecause)}`,
                ]),
              ),
          `${going} of ${lines.length} would expire now.`,
        ].join('\n'),
      }
    },
  })

  addCommand(backups, {
    usage: 'hold <id>',
    about: 'keep a backup from expiring until it is released',
    options: [['--reason <text>', 'what it is kept for']],
    async run({ ctx }, [id], { reason }) {
      const { id: backupId, targetName } = await getBackup(ctx.db, id!)
      const held = requireDone(await holdBackup(ctx, { backupId, reason }))
      return { json: held, text: `Held: no retention deletes this backup of ${targetName}.` }
    },
  })

  addCommand(backups, {
    usage: 'release <id>',
    about: 'give a held backup back to the retention',
    options: [['--reason <text>', 'why it is not needed any more']],
    async run({ ctx }, [id], { reason }) {
      const { id: backupId, targetName } = await getBackup(ctx.db, id!)
      const released = requireDone(await releaseBackup(ctx, { backupId, ...(reason ? { reason } : {}) }))
      return {
        json: released,
        text: `Released. See what becomes of it: holdfast backups retention ${targetName}`,
      }
    },
  })

  addCommand(backups, {
    usage: 'unfreeze <target>',
    about: 'let the retention work again after you have looked at what stopped it',
    options: [['--reason <text>', 'what was wrong and what was done']],
    async run({ ctx }, [target], { reason }) {
      const done = requireDone(await clearFreeze(ctx, { target, reason }))
      return {
        json: done,
        text: `Cleared: ${done.cleared.map((one) => one.reason).join(' ')} Old backups of ${done.target} expire again.`,
      }
    },
  })
}
