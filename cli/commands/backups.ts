import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { addCopyCommand } from '#cli/commands/backups-copy.ts'
import { addForeignCommand } from '#cli/commands/backups-foreign.ts'
import { addReadCommands, showBackup } from '#cli/commands/backups-read.ts'
import { addRetentionCommands } from '#cli/commands/backups-retention.ts'
import { paintState } from '#cli/output.ts'
import { acceptBackup } from '#lib/backups/accept-backup.ts'
import { listPresentCopies } from '#lib/backups/copies/find-copy.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import { isDamage } from '#lib/backups/verify-backup.ts'
import { AppError } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'

/** `backups take|list|show|verify|accept|copy|retention|hold|release|unfreeze`. */
export function addBackupsCommands(program: Command): void {
  const backups = program.command('backups').description('snapshots in the target and archives outside of it')
  addReadCommands(backups)
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
      return showBackup(door, backupId)
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
      const copies = (await listPresentCopies(door.ctx.db, backupId)).map(
        ({ storeName, status, verification }) => ({
          store: storeName,
          status,
          verification,
        }),
      )
      const verdict = damage ? 'failed' : 'passed'
      return {
        json: {
          id: backupId,
          verdict,
          verification,
          copies,
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
      return showBackup(door, backupId)
    },
  })
  addCopyCommand(backups)
  addForeignCommand(backups)
}
