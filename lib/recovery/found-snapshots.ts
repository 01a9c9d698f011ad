import type { Evidence, SearchScope } from '#lib/recovery/evidence.ts'
import { momentText } from '#lib/restores/moment.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'

/** As `takeSnapshot` writes it: `holdfast KEY snapshot MOMENT ID`. */
const note = /^holdfast [0-9a-f]* ?snapshot (\d{4}-\d\d-\d\dT[\d:.]+Z) ([0-9a-f-]{36})$/

/**
 * The snapshots that lie in a target, as their schemas' own comments tell: for when the records are lost. Their facts are
 * lost too, so nothing proves them; who uses one has to say so. Two tables of one name cannot be told apart then.
 */
export async function listFoundSnapshots(
  scope: SearchScope,
  until: Date,
): Promise<{ evidence: Evidence[]; problems: string[] }> {
  const rows = await scope.sql<{ schema: string; note: string | null }[]>`
    select n.nspname as schema, obj_description(n.oid, 'pg_namespace') as note from pg_namespace n
    where n.nspname ~ '^holdfast_snapshot_[0-9a-f]{12}$'`
  const evidence: Evidence[] = []
  let undated = 0
  for (const { schema, note: text } of rows) {
    const [, moment, backupId] = note.exec(text ?? '') ?? []
    const at = moment ? new Date(moment) : null
    if (!at || !backupId || at > until) {
      undated += at ? 0 : 1
      continue
    }
    evidence.push({
      source: { kind: 'snapshot', backupId, at: at.toISOString() },
      label: `the snapshot of ${momentText(at)}`,
      open: (work) =>
        work({
          async bring(live) {
            const relation = { schema, name: live.name }
            const columns = await readColumns(scope.sql, relation)
            return columns.length > 0 ? { relation, columns } : null
          },
          prove: async () => {},
        }),
    })
  }
  return {
    evidence: evidence.sort((a, b) => b.source.at.localeCompare(a.source.at)),
    problems: undated > 0 ? [`${undated} snapshots do not say when they were taken and are not asked.`] : [],
  }
}
