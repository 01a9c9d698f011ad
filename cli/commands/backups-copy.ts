import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { requestCopy } from '#lib/backups/copies/request-copy.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'

/** `backups copy`: what the worker does by itself for every store of the policy, now and for one. */
export function addCopyCommand(backups: Command): void {
  addCommand(backups, {
    usage: 'copy <id>',
    about: 'copy an archive to another store now, and read it back there',
    options: [['--store <name>', 'the store to copy it to']],
    async run(door, [id], { store }) {
      const { id: backupId } = await getBackup(door.ctx.db, id!)
      const { jobRunId } = requireDone(await requestCopy(door.ctx, { backupId, store }))
      const made = (await doJob(door, jobRunId)).result as { store: string; from: string; bytes: number }
      return {
        json: { id: backupId, ...made },
        text: `${formatBytes(made.bytes)} copied from ${made.from} to ${made.store}, and read back there.`,
      }
    },
  })
}
