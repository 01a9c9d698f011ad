import { listBackups } from '#lib/backups/queries.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { recommendSource } from '#lib/restores/recommend-source.ts'
import type { OpenSource } from '#lib/restores/types.ts'

/** What a source says that it lacks, and which copy has it instead. */
export async function listLacks(db: DbOrTx, targetId: string, source: OpenSource): Promise<string[]> {
  const { warnings = [], moment } = source
  if (warnings.length === 0) return []
  const backups = await listBackups(db, { targetId, limit: 200 })
  const { source: copy, why } = recommendSource({
    backups: backups.filter(({ status, purpose }) => status === 'good' && purpose !== 'safety'),
    losses: [],
    beganAt: moment,
  })
  return [...warnings, copy ? `What is not in the journal: restores plan --from ${copy}. ${why}` : why]
}
