import type { Command } from 'commander'
import { addCommand, type CommandResult, type Door, doJob, requireDone } from '#cli/command.ts'
import { addRetentionCommands } from '#cli/commands/backups-retention.ts'
import { paintState, table } from '#cli/output.ts'
import { acceptBackup } from '#lib/backups/accept-backup.ts'
import { getBackup, listBackups } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import type { Backup, BackupDetails } from '#lib/backups/types.ts'
import { isDamage } from '#lib/backups/verify-backup.ts'
import { AppError } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const summary = (backup: Backup) => ({
  id: backup.id,
  target: backup.targetName,
  kind: backup.kind,
  purpose: backup.purpose,
  status: backup.status,
  verification: backup.verification,
  verifiedAt: backup.verifiedAt,
  takenAt: backup.takenAt,
  durationMs: backup.durationMs,
  sizeBytes: backup.sizeBytes,
  location: backup.location,
  requestedBy: backup.requestedBy,
  expiresAt: backup.expiresAt,
  error: backup.error,
})

const details = (backup: BackupDetails) => ({
  ...summary(backup),
  facts: backup.facts && {
    takenAt: backup.facts.takenAt,
    schemaFingerprint: backup.facts.schemaFingerprint,
    tables: backup.facts.tables.map((one) => ({
      table: formatTable(one),
      rows: one.rows,
      checksum: one.checksum,
    })),
    sequences: backup.facts.sequences.map((one) => ({
      sequence: formatTable(one),
      lastValue: one.lastValue,
      isCalled: one.isCalled,
    })),
    notCovered: backup.facts.notCovered,
  },
})

function tell(backup: BackupDetails): string {
  const lines = [
    `${backup.kind} ${backup.id} of ${backup.targetName}: ${paintState(backup.status)}, ` +
      `verification ${backup.verification ?? 'none'}`,
    `taken ${backup.takenAt?.toISOString() ?? 'never'}, ${formatBytes(backup.sizeBytes)}, in ${backup.location ?? 'no place'}`,
    ...(backup.error
      ? [`${backup.error.message}${backup.error.hint ? `\n→ ${backup.error.hint}` : ''}`]
      : []),
  ]
  if (backup.facts) {
    lines.push(
      '',
      table(
        ['table', 'rows', 'checksum'],
        backup.facts.tables.map((one) => [formatTable(one), one.rows, one.checksum]),
      ),
      ...backup.facts.notCovered.map(({ name, reason }) => `not covered: ${name} (${reason})`),
    )
  }
  return lines.join('\n')
}

async function show({ ctx }: Door, backupId: string): Promise<CommandResult> {
  const backup = await getBackup(ctx.db, backupId)
  const exit = backup.status === 'good' ? 0 : backup.status === 'failed' ? 1 : 3
  return { json: details(backup), text: tell(backup), exit }
}

/** `backups take|list|show|verify|accept|retention|hold|release|unfreeze`. */
export function addBackupsCommands(program: Command): void {
  const backups = program.command('backups').description('snapshots in the target and archives outside of it')
  addRetentionCommands(backups)

  addCommand(backups, {
    usage: 'take <target>',
    about: 'take a backup now (exit 3 when it is suspicious)',
    options: [['--kind <kind>', 'snapshot (in the target) or archive (outside of it)', 'archive']],
    async run(door, [target], options) {
      const { backupId, jobRunId } = requireDone(
        await requestBackup(door.ctx, { target, kind: options.kind }),
      )
      await doJob(door, jobRunId)
      return show(door, backupId)
    },
  })

  addCommand(backups, {
    usage: 'list <target>',
    about: 'what there is to go back to, newest first',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const all = await listBackups(ctx.db, { targetId: target.id })
      return {
        json: { backups: all.map(summary) },
        text:
          all.length === 0
            ? `There is no backup of ${target.name}. Take one: holdfast backups take ${target.name} --kind archive`
            : table(
                ['id', 'kind', 'taken', 'status', 'verification', 'size', 'error'],
                all.map((one) => [
                  one.id,
                  one.kind,
                  one.takenAt?.toISOString(),
                  paintState(one.status),
                  one.verification,
                  formatBytes(one.sizeBytes),
                  one.error?.message,
                ]),
              ),
      }
    },
  })

  addCommand(backups, {
    usage: 'show <id>',
    about: 'one backup with its facts per table',
    async run(door, [id]) {
      const shown = await show(door, id!)
      return { ...shown, exit: 0 }
    },
  })

  addCommand(backups, {
    usage: 'verify <id>',
    about:
      'check every byte of a backup against what was signed when it was taken (exit 3 when it is damaged)',
    options: [['--store <name>', 'only the copy in this store (default: every copy)']],
    async run(door, [id], options) {
      const { id: backupId } = await getBackup(door.ctx.db, id!)
      const request = { backupId, ...(options.store ? { store: options.store } : {}) }
      const { jobRunId } = requireDone(await requestVerification(door.ctx, request))
      const damage = await doJob(door, jobRunId).then(
        () => null,
        (error) => {
          if (error instanceof AppError && isDamage(error.code)) return error
          throw error
        },
      )
      const run = await getJobRun(door.ctx.db, jobRunId)
      const { verification } = await getBackup(door.ctx.db, backupId)
      const verdict = damage ? 'failed' : 'passed'
      return {
        json: {
          id: backupId,
          verdict,
          verification,
          phases: run.phases.map(({ name, durationMs }) => ({ name, durationMs })),
          differences: [],
          error: damage && { code: damage.code, message: damage.message, hint: damage.hint },
        },
        text: damage
          ? `${paintState(verdict)}: ${damage.message}\n→ ${damage.hint}`
          : `${paintState(verdict)}: its bytes are those that were written; verification ${verification}.`,
        exit: damage ? 3 : 0,
      }
    },
  })

  addCommand(backups, {
    usage: 'accept <id>',
    about: 'declare a suspicious backup good, because you know why it shrank',
    options: [['--reason <text>', 'why it is right as it is']],
    async run(door, [id], options) {
      const { id: backupId } = await getBackup(door.ctx.db, id!)
      requireDone(await acceptBackup(door.ctx, { backupId, reason: options.reason }))
      return show(door, backupId)
    },
  })
}
