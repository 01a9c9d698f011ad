import type { Command } from 'commander'
import { addCommand } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { listForeignSightings } from '#lib/backups/foreign/foreign-queries.ts'
import { watchForeign } from '#lib/backups/foreign/watch-foreign.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'

/** `backups foreign`: archives that others make, as they were seen. */
export function addForeignCommand(backups: Command): void {
  addCommand(backups, {
    usage: 'foreign <target>',
    about: 'archives that others make of a target: what was seen of them, and why one is not a backup',
    options: [['--look', 'look now; one is listed when two looks, a minute apart, find it the same']],
    async run({ ctx }, [name], { look }) {
      const target = await getTargetByName(ctx.db, name!)
      const { document } = await getPolicy(ctx.db, target.id)
      if (look === true) await watchForeign(ctx, target.id, { signal: new AbortController().signal })
      const seen = await listForeignSightings(ctx.db, target.id)
      return {
        json: { places: document.foreignArchives, archives: seen },
        text:
          document.foreignArchives.length === 0
            ? `The policy of ${target.name} names no “foreignArchives”. Add the place: holdfast stores add NAME --directory PATH --read-only`
            : table(
                ['store', 'archive', 'format', 'state', 'size', 'modified', 'backup', 'problem'],
                seen.map((one) => [
                  one.store,
                  one.key,
                  one.layout,
                  paintState(one.status),
                  formatBytes(one.sizeBytes),
                  one.modifiedAt.toISOString(),
                  one.backupId,
                  one.problem,
                ]),
              ),
      }
    },
  })
}
